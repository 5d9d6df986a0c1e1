package io.posthaste.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class UuidV7Test {
  private static final Instant NOON = Instant.parse("2026-11-20T12:00:00.123Z");

  @Test
  void id_carries_version_variant_and_milliseconds() {
    UUID id = new UuidV7(InstantSource.fixed(NOON), new SecureRandom()).next();

    assertThat(id.version()).isEqualTo(7);
    assertThat(id.variant()).isEqualTo(2);
    assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(NOON.toEpochMilli());
  }

  @Test
  void each_id_is_greater_than_the_one_before_however_many_in_a_millisecond() {
    UuidV7 ids = new UuidV7(InstantSource.fixed(NOON), new SecureRandom());

    List<MessageId> made = Stream.generate(() -> new MessageId(ids.next())).limit(20_000).toList();

    assertThat(made).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void clock_that_steps_back_does_not_turn_the_order() {
    AtomicReference<Instant> now = new AtomicReference<>(NOON);
    UuidV7 ids = new UuidV7(now::get, new SecureRandom());
    MessageId before = new MessageId(ids.next());

    now.set(NOON.minusSeconds(60));

    assertThat(new MessageId(ids.next())).isGreaterThan(before);
  }

  @Test
  void ids_of_many_threads_differ_and_rise_within_each() {
    UuidV7 ids = new UuidV7(InstantSource.system(), new SecureRandom());

    List<List<MessageId>> made =
        IntStream.range(0, 8)
            .parallel()
            .mapToObj(_ -> Stream.generate(() -> new MessageId(ids.next())).limit(10_000).toList())
            .toList();

    assertThat(made).allSatisfy(own -> assertThat(own).isSorted());
    assertThat(made.stream().flatMap(List::stream).distinct().count()).isEqualTo(80_000);
  }
}
