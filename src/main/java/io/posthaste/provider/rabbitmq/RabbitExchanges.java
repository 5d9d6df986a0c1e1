package io.posthaste.provider.rabbitmq;

import io.posthaste.broker.BrokerRefusal;
import io.posthaste.broker.Exchanges;
import io.posthaste.broker.Link;
import io.posthaste.broker.RabbitUrl;
import io.posthaste.wire.HeaderFrame;
import io.posthaste.wire.Outgoing;
import io.posthaste.wire.WireWriter;
import io.smallrye.mutiny.Uni;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Publishes to exchanges over a connection of its own, which is made at the first use: neither what
 * is wrong with an exchange nor a broker that slows down forwarding must cost a send.
 */
final class RabbitExchanges implements Exchanges, AutoCloseable {
  private final Link link;
  private final Publisher publisher;
  private final AtomicBoolean started = new AtomicBoolean();

  RabbitExchanges(RabbitUrl url, Threads threads, Publisher.Confirms confirms) {
    this.link = new Link("posthaste-forward", url, threads.virtual());
    this.publisher = new Publisher(link, new ExchangeLanes(link), threads, confirms);
  }

  Link link() {
    return link;
  }

  int underWay() {
    return publisher.underWay();
  }

  @Override
  public void requireEnabled() {
    start();
  }

  private void start() {
    if (started.compareAndSet(false, true)) {
      link.start();
    }
  }

  @Override
  public Optional<String> obstacle() {
    start();
    if (!link.isUp()) {
      return Optional.of("RabbitMQ cannot be reached.");
    }
    return link.isBlocked()
        ? Optional.of("RabbitMQ takes no messages: its memory or its disk is full.")
        : Optional.empty();
  }

  @Override
  public Uni<Outcome> publish(Publication publication) {
    Outgoing message =
        WireWriter.write(
            publication.exchange(),
            publication.routingKey(),
            publication.message(),
            publication.attempt());
    if (!HeaderFrame.holds(link.frameMax(), message.properties())) {
      return Uni.createFrom().item(new Outcome.Refused(HeaderFrame.EXCEEDED));
    }
    return Uni.createFrom().completionStage(() -> publish(message));
  }

  private CompletableFuture<Outcome> publish(Outgoing message) {
    return publisher
        .publish(message)
        .handle((outcome, failure) -> failure == null ? outcome(outcome) : refusal(failure));
  }

  private static Outcome outcome(Outgoing.Outcome outcome) {
    return switch (outcome) {
      case CONFIRMED -> new Outcome.Confirmed();
      case UNROUTABLE -> new Outcome.Unroutable();
      case REFUSED -> new Outcome.Nacked();
    };
  }

  private static Outcome refusal(Throwable failure) {
    if (Threads.unwrapped(failure) instanceof BrokerRefusal refusal) {
      return switch (refusal.kind()) {
        case NOT_FOUND -> new Outcome.NoExchange();
        case CONFLICT -> new Outcome.Refused(String.valueOf(refusal.getMessage()));
      };
    }
    throw Threads.translate(failure);
  }

  @Override
  public void close() {
    publisher.close();
    link.close();
  }
}
