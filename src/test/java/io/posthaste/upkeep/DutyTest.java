package io.posthaste.upkeep;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.FreshDatabase;
import io.posthaste.store.SettableClock;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class DutyTest {
  private final Vertx vertx = Vertx.vertx();
  private final SettableClock clock = new SettableClock();
  private final Pool pool = FreshDatabase.pool(vertx, FreshDatabase.create());
  private final Duty one = new Duty(pool, clock, UUID.randomUUID());
  private final Duty other = new Duty(pool, clock, UUID.randomUUID());

  @AfterEach
  void close() {
    done(pool.close());
    vertx.close();
  }

  private static <T> T done(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void one_replica_has_the_duty_and_goes_on_with_it() {
    assertThat(one.held()).isFalse();
    assertThat(done(one.claim())).isTrue();
    assertThat(done(other.claim())).isFalse();
    clock.leap(Duty.TERM.minusMillis(500));
    assertThat(done(one.claim())).isTrue();
    clock.leap(Duty.TERM.minusMillis(500));

    assertThat(done(other.claim())).isFalse();
    assertThat(one.held()).isTrue();
    assertThat(other.held()).isFalse();
  }

  @Test
  void duty_of_a_replica_that_is_gone_is_taken_over() {
    done(one.claim());
    clock.leap(Duty.TERM);

    assertThat(done(other.claim())).isTrue();
    assertThat(done(one.claim())).isFalse();
  }

  @Test
  void duty_is_handed_over_at_a_stop() {
    done(one.claim());

    done(one.leave());

    assertThat(one.held()).isFalse();
    assertThat(done(other.claim())).isTrue();
    done(one.leave());
    assertThat(done(other.claim())).isTrue();
  }

  @Test
  void chore_rests_when_it_may_not_run_and_survives_its_failures() {
    AtomicBoolean allowed = new AtomicBoolean(true);
    AtomicInteger steps = new AtomicInteger();
    Turns turns =
        new Turns(
            vertx,
            new Chore(
                "test",
                Duration.ofMillis(1),
                1,
                () -> {
                  if (steps.incrementAndGet() % 2 == 0) {
                    throw new IllegalStateException("planned");
                  }
                  return steps.get() % 3 == 0
                      ? Future.failedFuture("planned")
                      : Future.succeededFuture(true);
                }),
            allowed::get);

    turns.resume();
    turns.resume();
    Awaitility.await().until(() -> steps.get() > 10);
    allowed.set(false);
    int last = restingAt(steps);
    allowed.set(true);
    turns.resume();

    Awaitility.await().until(() -> steps.get() > last + 3);
    allowed.set(false);
  }

  private static int restingAt(AtomicInteger steps) {
    AtomicInteger seen = new AtomicInteger(-1);
    Awaitility.await()
        .pollInterval(Duration.ofMillis(50))
        .until(() -> seen.getAndSet(steps.get()) == steps.get());
    return steps.get();
  }
}
