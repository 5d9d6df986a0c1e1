package io.posthaste.consumer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class BackoffTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final long TICK = SECOND / 100;
  private static final Optional<String> CLEAR = Optional.empty();

  private final Backoff backoff = new Backoff();

  @Test
  void pauses_grow_until_all_is_well_again() {
    assertThat(pause()).isBetween(SECOND / 4, SECOND / 2 + TICK);
    assertThat(pause()).isBetween(SECOND / 2, SECOND + TICK);
    for (int i = 0; i < 20; i++) {
      pause();
    }
    assertThat(pause()).isBetween(5 * SECOND, 10 * SECOND + TICK);

    backoff.reset();

    assertThat(pause()).isLessThanOrEqualTo(SECOND / 2 + TICK);
  }

  /** How long a pause lasts without an obstacle, to the hundredth of a second. */
  private long pause() {
    assertThat(backoff.begin("it failed", 0)).isTrue();
    long now = 0;
    while (backoff.isOn()) {
      now += TICK;
      backoff.look(CLEAR, now);
    }
    return now;
  }

  @Test
  void what_fails_during_a_pause_does_not_lengthen_it() {
    assertThat(backoff.begin("first", 0)).isTrue();
    assertThat(backoff.begin("second", 0)).isFalse();
    assertThat(backoff.reason()).contains("second");
    assertThat(pausedAt(SECOND / 2 + 1)).isFalse();
  }

  private boolean pausedAt(long now) {
    backoff.look(CLEAR, now);
    return backoff.isOn();
  }

  @Test
  void obstacle_ends_a_pause_when_it_is_gone_and_not_before() {
    assertThat(backoff.look(Optional.of("the broker is away"), 0)).contains("the broker is away");
    backoff.begin("the broker is away", 0);
    for (int i = 0; i < 5; i++) {
      assertThat(backoff.look(Optional.of("still away"), 1000 * SECOND)).isEmpty();
    }
    assertThat(backoff.reason()).contains("still away");

    assertThat(pausedAt(1000 * SECOND)).isFalse();
  }

  @Test
  void obstacle_that_came_later_ends_a_long_pause_early() {
    for (int i = 0; i < 20; i++) {
      pause();
    }
    backoff.begin("no answer", 0);
    assertThat(pausedAt(SECOND)).isTrue();

    backoff.look(Optional.of("the broker is away"), SECOND);

    assertThat(pausedAt(2 * SECOND)).isFalse();
  }
}
