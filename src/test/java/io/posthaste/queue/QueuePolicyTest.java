package io.posthaste.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.message.InvalidField;
import java.time.Duration;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class QueuePolicyTest {
  private static QueuePolicy policy(
      int maxAttempts, Duration retention, Duration window, int maxMessageSize) {
    return new QueuePolicy(
        Duration.ofSeconds(30),
        maxAttempts,
        new RetryPolicy.None(),
        retention,
        OnExpiry.DROP,
        Ordering.NONE,
        window,
        maxMessageSize);
  }

  private static void refuses(String field, Supplier<?> making) {
    assertThatThrownBy(making::get)
        .isInstanceOfSatisfying(InvalidField.class, it -> assertThat(it.field()).isEqualTo(field));
  }

  @Test
  void defaults_are_those_of_the_interface() {
    assertThat(QueuePolicy.DEFAULT)
        .isEqualTo(
            new QueuePolicy(
                Duration.parse("PT30S"),
                5,
                new RetryPolicy.Exponential(Duration.parse("PT1S"), Duration.parse("PT5M"), 2, 0.2),
                Duration.parse("P14D"),
                OnExpiry.DEAD_LETTER,
                Ordering.NONE,
                Duration.parse("PT5M"),
                1_048_576));
  }

  @Test
  void settings_out_of_bounds_are_refused_by_name() {
    Duration day = Duration.ofDays(1);
    refuses("maxAttempts", () -> policy(0, day, day, 1));
    refuses("maxAttempts", () -> policy(1001, day, day, 1));
    refuses("retention", () -> policy(1, Duration.ofMillis(999), day, 1));
    refuses("retention", () -> policy(1, Duration.ofDays(3661), day, 1));
    refuses("deduplicationWindow", () -> policy(1, day, Duration.ZERO, 1));
    refuses("deduplicationWindow", () -> policy(1, day, Duration.ofDays(8), 1));
    refuses("maxMessageSize", () -> policy(1, day, day, 0));
    refuses("maxMessageSize", () -> policy(1, day, day, QueuePolicy.LARGEST_MESSAGE + 1));
  }

  @Test
  void lease_lasts_over_nothing_up_to_half_a_day() {
    QueuePolicy.requireLease(Duration.ofNanos(1000));
    QueuePolicy.requireLease(Duration.ofHours(12));
    for (Duration lease :
        new Duration[] {
          Duration.ZERO,
          Duration.ofNanos(999),
          Duration.ofSeconds(-1),
          QueuePolicy.MAX_LEASE.plusNanos(1)
        }) {
      refuses(
          "lease",
          () -> {
            QueuePolicy.requireLease(lease);
            return lease;
          });
    }
  }

  @Test
  void receive_asks_for_one_to_a_thousand_and_waits_twenty_seconds_at_most() {
    Duration lease = Duration.ofSeconds(1);
    refuses("max", () -> new ReceiveRequest(0, lease, Duration.ZERO));
    refuses("max", () -> new ReceiveRequest(1001, lease, Duration.ZERO));
    refuses("wait", () -> new ReceiveRequest(1, lease, Duration.ofNanos(-1)));
    refuses("wait", () -> new ReceiveRequest(1, lease, Duration.ofSeconds(21)));
    refuses("lease", () -> new ReceiveRequest(1, Duration.ZERO, Duration.ZERO));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "0", "orders", "a.b_c-d", "posthaste", "amq", "a-"})
  void queue_may_be_called(String name) {
    assertThat(new QueueName(name)).hasToString(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "A", "-a", ".a", "_a", "a b", "ä", "a/b", "a\n", "posthaste.x", "amq.topic"})
  void queue_may_not_be_called(String name) {
    refuses("queue", () -> new QueueName(name));
  }

  @Test
  void name_of_a_queue_has_a_hundred_characters_at_most() {
    assertThat(new QueueName("a".repeat(100)).value()).hasSize(100);
    refuses("queue", () -> new QueueName("a".repeat(101)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"retries-exhausted", "lease-expired", "rejected-permanently", "expired", "poison"})
  void class_of_a_dead_letter_has_its_word(String code) {
    assertThat(DeadLetterClass.ofCode(code))
        .hasValueSatisfying(it -> assertThat(it.code()).isEqualTo(code));
    assertThat(DeadLetterClass.ofCode(code.toUpperCase(java.util.Locale.ROOT))).isEmpty();
  }
}
