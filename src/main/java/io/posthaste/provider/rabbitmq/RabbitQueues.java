package io.posthaste.provider.rabbitmq;

import io.micrometer.core.instrument.MeterRegistry;
import io.posthaste.broker.Broker;
import io.posthaste.broker.Exchanges;
import io.posthaste.broker.RabbitUrl;
import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.outbox.Admission;
import io.posthaste.outbox.Deduplication;
import io.posthaste.outbox.Outbox;
import io.posthaste.provider.DisabledRelay;
import io.posthaste.queue.ProviderSetup;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.Queues;
import io.posthaste.queue.Relay;
import io.posthaste.store.FailureLog;
import io.posthaste.store.StoreClock;
import io.posthaste.upkeep.Chore;
import io.posthaste.upkeep.Upkeep;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Future;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Builds the provider if it is turned on, and keeps it going for as long as the service lives. */
@ApplicationScoped
class RabbitQueues {
  /** Turns the provider on. */
  static final String SETTING = "POSTHASTE_RABBITMQ_URL";

  private static final Duration DROP = Duration.ofSeconds(5);

  private final Optional<Engine> engine;
  private final Broker broker;
  private final boolean managed;

  RabbitQueues(
      RabbitSettings settings,
      Instance<Queues> queues,
      Outbox outbox,
      Admission admission,
      Deduplication deduplication,
      DeadLetterStore deadLetters,
      FailureLog failures,
      QueueEvents events,
      Upkeep upkeep,
      MeterRegistry registry,
      @ConfigProperty(name = "posthaste.management-enabled", defaultValue = "false")
          boolean managed) {
    engine =
        settings
            .url()
            .map(String::strip)
            .filter(url -> !url.isEmpty())
            .map(
                url -> {
                  RabbitMetrics metrics = new RabbitMetrics(registry);
                  Engine built =
                      new Engine(
                          new Engine.Surroundings(
                              RabbitUrl.parse(url),
                              settings.consumerTimeout(),
                              queues::get,
                              new Engine.Stores(
                                  outbox, admission, deduplication, deadLetters, failures),
                              events,
                              metrics,
                              StoreClock.DATABASE,
                              // Each call asks for the calling thread's generator
                              () -> ThreadLocalRandom.current().nextLong()));
                  metrics.watch(built);
                  return built;
                });
    engine.ifPresent(
        _ -> upkeep.add(new Chore("left queues", DROP, Chore.SELDOM, () -> drop(queues))));
    this.managed = managed;
    broker =
        engine
            .<Broker>map(on -> new RabbitBroker(on.url(), on.threads()))
            .orElseGet(DisabledBroker::new);
  }

  // The broker was away, or the replica was lost, while a queue was being removed
  private static Future<Boolean> drop(Instance<Queues> queues) {
    return Future.fromCompletionStage(
        queues.get().dropLeft(RabbitQueueProvider.NAME).subscribeAsCompletionStage());
  }

  @Produces
  @Singleton
  ProviderSetup provider() {
    return engine
        .<ProviderSetup>map(on -> new ProviderSetup.Enabled(new RabbitQueueProvider(on)))
        .orElseGet(
            () ->
                new ProviderSetup.Disabled(
                    RabbitQueueProvider.NAME, RabbitQueueProvider.CAPABILITIES, SETTING));
  }

  @Produces
  @Singleton
  Relay relay() {
    return engine
        .<Relay>map(RabbitQueueProvider::new)
        .orElseGet(() -> new DisabledRelay(RabbitQueueProvider.NAME));
  }

  @Produces
  @Singleton
  Broker broker() {
    return broker;
  }

  @Produces
  @Singleton
  Exchanges exchanges() {
    return engine.<Exchanges>map(Engine::exchanges).orElseGet(DisabledExchanges::new);
  }

  void begin(@Observes StartupEvent event) {
    engine.ifPresent(Engine::start);
    // Who does not manage the broker has no connection for it, unless the topology file needs one
    if (managed && broker instanceof RabbitBroker on) {
      on.start();
    }
  }

  void beginToEnd(@Observes ShutdownDelayInitiatedEvent event) {
    engine.ifPresent(on -> on.lines().stop());
  }

  void end(@Observes ShutdownEvent event) {
    if (broker instanceof RabbitBroker on) {
      on.close();
    }
    engine.ifPresent(Engine::close);
  }
}
