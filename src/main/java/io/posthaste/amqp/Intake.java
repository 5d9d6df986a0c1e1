package io.posthaste.amqp;

import io.posthaste.delivery.Send;
import io.posthaste.message.MessageId;
import io.posthaste.message.UuidV7;
import io.posthaste.problem.ProblemType;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.QueueName;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.eclipse.microprofile.reactive.messaging.Acknowledgment;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.Outgoing;
import org.jspecify.annotations.Nullable;

/**
 * The way of an AMQP message: read, sent as by REST, acked once it is stored. What is refused goes
 * on to the channel of those that are put aside; what fails for a while only is kept.
 */
@ApplicationScoped
class Intake {
  private static final String NO_TOPICS =
      "There are no topics yet: name the queue in the header x-posthaste-queue.";

  private final Send send;
  private final IntakeLinks links;
  private final int prefetch;
  private final InstantSource clock = InstantSource.system();
  // Each call asks for the calling thread's generator
  private final UuidV7 ids = new UuidV7(clock, () -> ThreadLocalRandom.current().nextLong());

  Intake(Send send, IntakeLinks links, IntakeSettings settings) {
    this.send = send;
    this.links = links;
    this.prefetch = settings.prefetch();
  }

  /** The stream never fails, whatever a message holds: it would be the last. */
  @Incoming("intake")
  @Outgoing("rejected")
  @Acknowledgment(Acknowledgment.Strategy.MANUAL)
  Multi<Message<Rejection>> take(Multi<Message<Arrival>> arrivals) {
    return arrivals.onItem().transformToUni(this::take).merge(prefetch);
  }

  /** Nothing, or the message to be put aside. */
  private Uni<@Nullable Message<Rejection>> take(Message<Arrival> message) {
    IntakeLinks.Active on = links.active().orElseThrow();
    on.metrics().began();
    return Uni.createFrom()
        .deferred(() -> accept(on, message.getPayload()))
        .onFailure()
        .recoverWithItem(failure -> new Verdict.Refused(Refusals.of(failure)))
        .flatMap(verdict -> settle(on, message, verdict));
  }

  private Uni<Verdict> accept(IntakeLinks.Active on, Arrival arrival) {
    Optional<QueueName> queue = Reading.queue(arrival.properties());
    if (queue.isEmpty()) {
      return Uni.createFrom()
          .item(new Verdict.Refused(new Refusal(ProblemType.TOPIC_NOT_FOUND, NO_TOPICS)));
    }
    NewMessage sent = Reading.message(arrival, this::freshId, clock.instant());
    return store(on, arrival, queue.get(), sent)
        .flatMap(
            verdict ->
                verdict instanceof Verdict.IdTaken
                    ? store(on, arrival, queue.get(), renamed(sent))
                    : Uni.createFrom().item(verdict));
  }

  private MessageId freshId() {
    return new MessageId(ids.next());
  }

  // Its sender's id is among its headers
  private NewMessage renamed(NewMessage message) {
    return new NewMessage(freshId(), message.content(), message.due(), message.timeToLive());
  }

  // Under one id however often it is tried: none is stored twice by that
  private Uni<Verdict> store(
      IntakeLinks.Active on, Arrival arrival, QueueName queue, NewMessage message) {
    return new Passing(on.metrics())
        .untilDone(arrival, () -> store(on.loop(), queue, message))
        .map(done -> done.orElseGet(Verdict.TakenBack::new));
  }

  private Uni<Verdict> store(Context loop, QueueName queue, NewMessage message) {
    Uni<Verdict> stored =
        Uni.createFrom()
            .deferred(() -> send.send(queue, List.of(message)))
            .map(outcomes -> Refusals.of(queue, outcomes.getFirst()));
    // Where it is tried again, a timer has led to another thread
    return Vertx.currentContext() == loop
        ? stored
        : stored.runSubscriptionOn(task -> loop.runOnContext(_ -> task.run()));
  }

  private static Uni<@Nullable Message<Rejection>> settle(
      IntakeLinks.Active on, Message<Arrival> message, Verdict verdict) {
    return switch (verdict) {
      case Verdict.Stored() ->
          Uni.createFrom()
              .completionStage(message::ack)
              .invoke(on.metrics()::accepted)
              .eventually(on.metrics()::ended)
              .replaceWith(Uni.createFrom().nullItem());
      case Verdict.Refused(var why) -> putAside(message, why);
      case Verdict.IdTaken() ->
          putAside(message, Refusals.of(new IllegalStateException("an id of ours is taken")));
      case Verdict.TakenBack() -> {
        on.metrics().ended();
        yield Uni.createFrom().nullItem();
      }
    };
  }

  private static Uni<@Nullable Message<Rejection>> putAside(Message<Arrival> message, Refusal why) {
    return Uni.createFrom().item(message.withPayload(new Rejection(message.getPayload(), why)));
  }
}
