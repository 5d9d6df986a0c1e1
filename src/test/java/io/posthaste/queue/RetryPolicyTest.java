package io.posthaste.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.message.InvalidField;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

final class RetryPolicyTest {
  private static final Random RANDOM = new Random(7);
  private static final Duration SECOND = Duration.ofSeconds(1);

  /** What is spread neither way. */
  private static final RandomGenerator MIDDLE = fixed(0.5);

  private static RandomGenerator fixed(double value) {
    return new RandomGenerator() {
      @Override
      public long nextLong() {
        return 0;
      }

      @Override
      public double nextDouble() {
        return value;
      }
    };
  }

  private static Duration anyDuration() {
    return Duration.ofNanos((long) Math.pow(RetryPolicy.LONGEST.toNanos(), RANDOM.nextDouble()));
  }

  private static RetryPolicy anyPolicy() {
    Duration a = anyDuration();
    Duration b = anyDuration();
    Duration initial = a.compareTo(b) < 0 ? a : b;
    Duration max = a.compareTo(b) < 0 ? b : a;
    double jitter = RANDOM.nextInt(3) / 2.0;
    return switch (RANDOM.nextInt(5)) {
      case 0 -> new RetryPolicy.None();
      case 1 -> new RetryPolicy.Fixed(initial, jitter);
      case 2 -> new RetryPolicy.Linear(initial, max, jitter);
      case 3 -> new RetryPolicy.Exponential(initial, max, 1 + 99 * RANDOM.nextDouble(), jitter);
      default -> new RetryPolicy.Listed(List.of(initial, max), jitter);
    };
  }

  private static Duration longest(RetryPolicy policy) {
    return switch (policy) {
      case RetryPolicy.None() -> Duration.ZERO;
      case RetryPolicy.Linear(var _, var max, var _) -> max;
      case RetryPolicy.Exponential(var _, var max, var _, var _) -> max;
      case RetryPolicy.Fixed _, RetryPolicy.Listed _ -> RetryPolicy.LONGEST;
    };
  }

  @Test
  void any_backoff_of_any_policy_stays_in_its_bounds() {
    for (int i = 0; i < 20_000; i++) {
      RetryPolicy policy = anyPolicy();
      int attempt = 1 + RANDOM.nextInt(1000);

      assertThat(policy.backoff(attempt, RANDOM))
          .as("%s at %s", policy, attempt)
          .isBetween(Duration.ZERO, longest(policy));
    }
  }

  @Test
  void backoffs_without_jitter_never_shrink() {
    for (int i = 0; i < 200; i++) {
      Duration initial = anyDuration().dividedBy(2);
      RetryPolicy linear = new RetryPolicy.Linear(initial, RetryPolicy.LONGEST, 0);
      RetryPolicy exponential =
          new RetryPolicy.Exponential(initial, RetryPolicy.LONGEST, 1 + RANDOM.nextDouble(), 0);
      for (RetryPolicy policy : List.of(linear, exponential)) {
        for (int attempt = 1; attempt < 100; attempt++) {
          assertThat(policy.backoff(attempt + 1, MIDDLE))
              .isGreaterThanOrEqualTo(policy.backoff(attempt, MIDDLE));
        }
      }
    }
  }

  @Test
  void jitter_spreads_by_its_share_either_way() {
    RetryPolicy policy = new RetryPolicy.Fixed(Duration.ofSeconds(10), 0.2);

    assertThat(policy.backoff(1, fixed(0))).isEqualTo(Duration.ofSeconds(8));
    assertThat(policy.backoff(1, MIDDLE)).isEqualTo(Duration.ofSeconds(10));
    assertThat(policy.backoff(1, fixed(Math.nextDown(1.0))))
        .isBetween(Duration.ofMillis(11_999), Duration.ofSeconds(12));
  }

  @Test
  void strategies_follow_their_formulas() {
    assertThat(new RetryPolicy.None().backoff(9, MIDDLE)).isZero();
    assertThat(new RetryPolicy.Linear(SECOND, Duration.ofSeconds(3), 0).backoff(2, MIDDLE))
        .isEqualTo(Duration.ofSeconds(2));
    assertThat(new RetryPolicy.Exponential(SECOND, Duration.ofHours(1), 3, 0).backoff(4, MIDDLE))
        .isEqualTo(Duration.ofSeconds(27));
    RetryPolicy listed = new RetryPolicy.Listed(List.of(SECOND, Duration.ZERO), 0);
    assertThat(listed.backoff(1, MIDDLE)).isEqualTo(SECOND);
    assertThat(listed.backoff(1000, MIDDLE)).isZero();
  }

  @Test
  void growth_beyond_all_numbers_ends_at_the_longest() {
    RetryPolicy policy = new RetryPolicy.Exponential(SECOND, RetryPolicy.LONGEST, 100, 1);

    assertThat(policy.backoff(1000, fixed(0.999))).isEqualTo(RetryPolicy.LONGEST);
    assertThat(new RetryPolicy.Exponential(Duration.ZERO, SECOND, 100, 0).backoff(1000, MIDDLE))
        .isZero();
  }

  @Test
  void settings_out_of_bounds_are_refused_by_name() {
    Duration negative = Duration.ofNanos(-1);
    Duration tooLong = RetryPolicy.LONGEST.plusNanos(1);
    refuses("retry.initial", () -> new RetryPolicy.Fixed(negative, 0));
    refuses("retry.initial", () -> new RetryPolicy.Fixed(tooLong, 0));
    refuses("retry.jitter", () -> new RetryPolicy.Fixed(SECOND, 1.01));
    refuses("retry.jitter", () -> new RetryPolicy.Fixed(SECOND, Double.NaN));
    refuses("retry.max", () -> new RetryPolicy.Linear(SECOND, Duration.ZERO, 0));
    refuses("retry.max", () -> new RetryPolicy.Linear(SECOND, tooLong, 0));
    refuses("retry.multiplier", () -> new RetryPolicy.Exponential(SECOND, SECOND, 0.9, 0));
    refuses("retry.multiplier", () -> new RetryPolicy.Exponential(SECOND, SECOND, 101, 0));
    refuses("retry.multiplier", () -> new RetryPolicy.Exponential(SECOND, SECOND, Double.NaN, 0));
    refuses("retry.delays", () -> new RetryPolicy.Listed(List.of(), 0));
    refuses("retry.delays", () -> new RetryPolicy.Listed(List.of(negative), 0));
  }

  private static void refuses(String field, Supplier<RetryPolicy> making) {
    assertThatThrownBy(making::get)
        .isInstanceOfSatisfying(InvalidField.class, it -> assertThat(it.field()).isEqualTo(field));
  }
}
