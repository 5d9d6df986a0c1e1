package io.posthaste.provider.redis;

import io.micrometer.core.instrument.MeterRegistry;
import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.provider.DisabledRelay;
import io.posthaste.queue.ProviderSetup;
import io.posthaste.queue.QueueEvents;
import io.posthaste.queue.Queues;
import io.posthaste.queue.Relay;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/**
 * Builds the provider when {@code POSTHASTE_REDIS_URL} is set, and keeps it going for as long as
 * the service lives. Otherwise nothing of it exists.
 */
@ApplicationScoped
class RedisQueues {
  private static final String SETTING = "POSTHASTE_REDIS_URL";

  private final Instance<Queues> queues;
  private final Optional<RedisEngine> engine;

  RedisQueues(
      Vertx vertx,
      Instance<Queues> queues,
      QueueEvents events,
      DeadLetterStore deadLetters,
      @ConfigProperty(name = "posthaste.redis-url") Optional<String> url) {
    this.queues = queues;
    // Each call asks for the calling thread's generator
    RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
    this.engine =
        url.map(String::strip)
            .filter(text -> !text.isEmpty())
            .map(
                text ->
                    new RedisEngine(
                        new RedisEngine.Surroundings(
                            vertx,
                            RedisUrl.parse(text),
                            queues::get,
                            deadLetters,
                            events,
                            RedisClock.SERVER,
                            random)));
  }

  @Produces
  @Singleton
  ProviderSetup provider() {
    return engine
        .<ProviderSetup>map(
            it -> new ProviderSetup.Enabled(new RedisQueueProvider(it, queues::get)))
        .orElseGet(
            () ->
                new ProviderSetup.Disabled(
                    RedisQueueProvider.NAME, RedisQueueProvider.CAPABILITIES, SETTING));
  }

  /** For what comes out of PostgreSQL: replays and schedules. */
  @Produces
  @Singleton
  Relay relay() {
    return engine
        .<Relay>map(it -> new RedisQueueProvider(it, queues::get))
        .orElseGet(() -> new DisabledRelay(RedisQueueProvider.NAME));
  }

  void begin(@Observes StartupEvent event, MeterRegistry registry) {
    engine.ifPresent(
        it -> {
          RedisMetrics.watch(it, registry);
          it.start();
        });
  }

  void beginToEnd(@Observes ShutdownDelayInitiatedEvent event) {
    engine.ifPresent(RedisEngine::beginToStop);
  }

  void end(@Observes ShutdownEvent event) {
    engine.ifPresent(RedisEngine::stop);
  }
}
