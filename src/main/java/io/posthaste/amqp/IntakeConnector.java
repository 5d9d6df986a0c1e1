package io.posthaste.amqp;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.reactive.messaging.connector.InboundConnector;
import io.smallrye.reactive.messaging.connector.OutboundConnector;
import io.smallrye.reactive.messaging.providers.helpers.MultiUtils;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Optional;
import java.util.concurrent.Flow;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.eclipse.microprofile.reactive.messaging.spi.Connector;

/**
 * Joins the channels of the intake to the broker: {@code intake} receives, {@code rejected}
 * publishes. With RabbitMQ turned off, the one stays silent and nothing reaches the other.
 *
 * <p>Of our own, as the connector that comes with the framework may ack another message than it was
 * told to once its connection was lost (docs/decisions/0008).
 */
@ApplicationScoped
@Connector(IntakeConnector.NAME)
public class IntakeConnector implements InboundConnector, OutboundConnector {
  static final String NAME = "posthaste-amqp";

  private final Optional<IntakeLinks.Active> active;

  IntakeConnector(IntakeLinks links) {
    active = links.active();
  }

  @Override
  public Flow.Publisher<? extends Message<?>> getPublisher(Config config) {
    return active
        .<Multi<Message<?>>>map(IntakeConnector::arrivals)
        .orElseGet(() -> Multi.createFrom().nothing());
  }

  private static Multi<Message<?>> arrivals(IntakeLinks.Active on) {
    return on.intake()
        .arrivals()
        // One event loop for all: what is sent together shares the provider's group commit
        .emitOn(task -> on.loop().runOnContext(_ -> task.run()))
        .map(
            arrival ->
                Message.of(
                    arrival, () -> arrival.acks().ack(arrival.tag()).subscribeAsCompletionStage()));
  }

  @Override
  public Flow.Subscriber<? extends Message<?>> getSubscriber(Config config) {
    return MultiUtils.<Message<?>, Void>via(
        rejections -> rejections.onItem().transformToUniAndMerge(this::put));
  }

  private Uni<Void> put(Message<?> message) {
    IntakeLinks.Active on = active.orElseThrow();
    Rejection rejection = (Rejection) message.getPayload();
    return new Passing(on.metrics())
        .untilDone(
            rejection.arrival(), () -> on.rejected().put(rejection).replaceWith(Boolean.TRUE))
        .chain(
            done ->
                done.isPresent()
                    ? Uni.createFrom()
                        .completionStage(message::ack)
                        .invoke(() -> on.metrics().rejected(rejection.why().type()))
                    : Uni.createFrom().voidItem())
        .onTermination()
        .invoke(on.metrics()::ended);
  }
}
