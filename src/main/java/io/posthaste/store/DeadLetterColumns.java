package io.posthaste.store;

import io.posthaste.deadletter.DeadLetter;
import io.posthaste.deadletter.DeadLetter.FailedAttempt;
import io.posthaste.message.Content;
import io.posthaste.message.Payload;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Dead letters and their histories turned into one array a column, as {@code unnest} takes them.
 */
final class DeadLetterColumns {
  private final List<DeadLetter> letters;
  private final List<Failed> failures;

  private record Failed(UUID message, FailedAttempt attempt) {}

  DeadLetterColumns(List<DeadLetter> letters) {
    this.letters = letters;
    this.failures =
        letters.stream()
            .flatMap(
                letter ->
                    letter.history().stream()
                        .map(attempt -> new Failed(letter.message().id().value(), attempt)))
            .toList();
  }

  /** Fifteen columns of letters, then four of their failed attempts. */
  Tuple tuple() {
    return Tuple.tuple()
        .addValue(column(letter -> letter.message().id().value(), UUID[]::new))
        .addValue(column(DeadLetter::queue, String[]::new))
        .addValue(column(letter -> letter.deadLetterClass().code(), String[]::new))
        .addValue(column(DeadLetter::reason, String[]::new))
        .addValue(column(letter -> (short) letter.attempts(), Short[]::new))
        .addValue(column(letter -> utc(letter.diedAt()), OffsetDateTime[]::new))
        .addValue(column(letter -> utc(letter.message().enqueuedAt()), OffsetDateTime[]::new))
        .addValue(column(letter -> (short) content(letter).priority(), Short[]::new))
        .addValue(column(letter -> content(letter).group(), String[]::new))
        .addValue(column(letter -> content(letter).type(), String[]::new))
        .addValue(column(DeadLetterColumns::contentType, String[]::new))
        .addValue(column(letter -> content(letter).correlationId(), String[]::new))
        .addValue(column(letter -> content(letter).deduplicationId(), String[]::new))
        .addValue(column(letter -> HeadersText.write(content(letter).headers()), String[]::new))
        .addValue(column(DeadLetterColumns::payload, Buffer[]::new))
        .addValue(failed(Failed::message, UUID[]::new))
        .addValue(failed(it -> (short) it.attempt().attempt(), Short[]::new))
        .addValue(failed(it -> utc(it.attempt().failedAt()), OffsetDateTime[]::new))
        .addValue(failed(it -> it.attempt().reason(), String[]::new));
  }

  /** What tells two letters of one id apart: id, queue, moment of sending, payload. */
  Tuple identity() {
    return Tuple.tuple()
        .addValue(column(letter -> letter.message().id().value(), UUID[]::new))
        .addValue(column(DeadLetter::queue, String[]::new))
        .addValue(column(letter -> utc(letter.message().enqueuedAt()), OffsetDateTime[]::new))
        .addValue(column(DeadLetterColumns::payload, Buffer[]::new));
  }

  /** One value a letter; what a letter lacks is null. */
  private interface Value {
    @Nullable Object of(DeadLetter letter);
  }

  private Object column(Value value, IntFunction<@Nullable Object[]> array) {
    @Nullable Object[] column = array.apply(letters.size());
    for (int i = 0; i < column.length; i++) {
      column[i] = value.of(letters.get(i));
    }
    return column;
  }

  private Object failed(Function<Failed, ?> value, IntFunction<Object[]> array) {
    return failures.stream().map(value).toArray(array);
  }

  private static Content content(DeadLetter letter) {
    return letter.message().content();
  }

  private static @Nullable String contentType(DeadLetter letter) {
    return content(letter).payload() instanceof Payload.Binary(var _, var type) ? type : null;
  }

  private static Buffer payload(DeadLetter letter) {
    return Buffer.buffer(content(letter).payload().bytes());
  }

  private static OffsetDateTime utc(Instant instant) {
    return instant.atOffset(ZoneOffset.UTC);
  }
}
