package io.posthaste.queue;

import io.posthaste.message.InvalidField;
import java.time.Duration;
import java.util.List;
import java.util.random.RandomGenerator;

/** How long a message waits after a failed attempt before it is handed out again. */
public sealed interface RetryPolicy {
  Duration LONGEST = Duration.ofDays(365);

  /**
   * The backoff after the given failed attempt.
   *
   * @param attempt 1 for the first attempt
   * @param random spreads the wait where the policy has jitter
   */
  Duration backoff(int attempt, RandomGenerator random);

  /** Handed out again at once. */
  record None() implements RetryPolicy {
    @Override
    public Duration backoff(int attempt, RandomGenerator random) {
      return Duration.ZERO;
    }
  }

  /** The same wait every time, spread by jitter (a share of it, 0 to 1, either way). */
  record Fixed(Duration initial, double jitter) implements RetryPolicy {
    public Fixed {
      requireDuration("retry.initial", initial);
      requireJitter(jitter);
    }

    @Override
    public Duration backoff(int attempt, RandomGenerator random) {
      return spread(initial, jitter, LONGEST, random);
    }
  }

  /** initial × attempt, at most max; jitter never goes beyond max. */
  record Linear(Duration initial, Duration max, double jitter) implements RetryPolicy {
    public Linear {
      requireDuration("retry.initial", initial);
      requireMax(initial, max);
      requireJitter(jitter);
    }

    @Override
    public Duration backoff(int attempt, RandomGenerator random) {
      return spread(scaled(initial, attempt, max), jitter, max, random);
    }
  }

  /** initial × multiplier^(attempt - 1), at most max; jitter never goes beyond max. */
  record Exponential(Duration initial, Duration max, double multiplier, double jitter)
      implements RetryPolicy {
    public Exponential {
      requireDuration("retry.initial", initial);
      requireMax(initial, max);
      requireJitter(jitter);
      if (!(multiplier >= 1 && multiplier <= 100)) {
        throw new InvalidField("retry.multiplier", "must be a number from 1 to 100");
      }
    }

    @Override
    public Duration backoff(int attempt, RandomGenerator random) {
      return spread(scaled(initial, Math.pow(multiplier, attempt - 1), max), jitter, max, random);
    }
  }

  /** The given waits one after the other; the last one repeats. 1 to 100 of them. */
  record Listed(List<Duration> delays, double jitter) implements RetryPolicy {
    public Listed {
      delays = List.copyOf(delays);
      if (delays.isEmpty() || delays.size() > 100) {
        throw new InvalidField("retry.delays", "must be a list of 1 to 100 durations");
      }
      delays.forEach(delay -> requireDuration("retry.delays", delay));
      requireJitter(jitter);
    }

    @Override
    public Duration backoff(int attempt, RandomGenerator random) {
      return spread(delays.get(Math.min(attempt, delays.size()) - 1), jitter, LONGEST, random);
    }
  }

  private static Duration scaled(Duration initial, double factor, Duration max) {
    // In floating point, so that a large attempt cannot overflow before it is capped
    double nanos = Math.min(initial.toNanos() * factor, max.toNanos());
    return Duration.ofNanos((long) nanos);
  }

  private static Duration spread(
      Duration wait, double jitter, Duration max, RandomGenerator random) {
    if (jitter == 0 || wait.isZero()) {
      return wait;
    }
    double factor = 1 + jitter * (2 * random.nextDouble() - 1);
    return Duration.ofNanos((long) Math.min(wait.toNanos() * factor, max.toNanos()));
  }

  private static void requireDuration(String field, Duration value) {
    if (value.isNegative() || value.compareTo(LONGEST) > 0) {
      throw new InvalidField(field, "must be from PT0S to P365D");
    }
  }

  private static void requireMax(Duration initial, Duration max) {
    requireDuration("retry.max", max);
    if (max.compareTo(initial) < 0) {
      throw new InvalidField("retry.max", "must not be shorter than retry.initial");
    }
  }

  private static void requireJitter(double jitter) {
    if (!(jitter >= 0 && jitter <= 1)) {
      throw new InvalidField("retry.jitter", "must be a number from 0 to 1");
    }
  }
}
