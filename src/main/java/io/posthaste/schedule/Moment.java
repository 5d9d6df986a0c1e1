package io.posthaste.schedule;

import io.posthaste.message.InvalidField;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** A time as its writer gave it: with an offset, or local in the schedule's zone. */
public sealed interface Moment {
  /** 1970 to 9999, so that every moment can be stored and written, whatever its zone. */
  Instant EARLIEST = Instant.EPOCH;

  Instant LATEST = Instant.parse("9999-12-30T00:00:00Z");

  /** The same moment in every zone. */
  record Exact(Instant instant) implements Moment {
    public Exact {
      instant = instant.truncatedTo(ChronoUnit.MICROS);
    }

    @Override
    public String toString() {
      return instant.toString();
    }
  }

  /** What a clock on the wall shows. */
  record Local(LocalDateTime time) implements Moment {
    public Local {
      time = time.truncatedTo(ChronoUnit.MICROS);
    }

    @Override
    public String toString() {
      return time.toString();
    }
  }

  /** The instant in a zone: of two the first; of none the end of the gap. */
  default Instant in(ZoneId zone) {
    return all(zone).getFirst();
  }

  /** The instant in a zone: of two the second; of none the end of the gap. */
  default Instant lastIn(ZoneId zone) {
    return all(zone).getLast();
  }

  private List<Instant> all(ZoneId zone) {
    return switch (this) {
      case Exact(var instant) -> List.of(instant);
      case Local(var time) -> {
        List<ZoneOffset> offsets = zone.getRules().getValidOffsets(time);
        yield offsets.isEmpty()
            ? List.of(zone.getRules().getTransition(time).getInstant())
            : offsets.stream().map(time::toInstant).toList();
      }
    };
  }

  /** What the wall clock of a zone shows then. */
  default LocalDateTime localIn(ZoneId zone) {
    return switch (this) {
      case Exact(var instant) -> LocalDateTime.ofInstant(instant, zone);
      case Local(var time) -> time;
    };
  }

  /**
   * Reads RFC 3339 with an offset, or the same without one for a local time.
   *
   * @throws InvalidField if it is neither, or not within the years 1970 to 9999
   */
  static Moment parse(String field, String text) {
    try {
      Moment moment =
          hasOffset(text)
              ? new Exact(OffsetDateTime.parse(text).toInstant())
              : new Local(LocalDateTime.parse(text));
      requireRange(field, moment.in(ZoneOffset.UTC));
      return moment;
    } catch (DateTimeException e) {
      throw new InvalidField(
          field,
          "must be a time such as \"2027-03-01T09:00:00Z\" or, local, \"2027-03-01T09:00:00\"");
    }
  }

  private static boolean hasOffset(String text) {
    int time = text.indexOf('T');
    return time >= 0 && text.substring(time).matches(".*([Zz]|[+-]\\d\\d:?\\d\\d)$");
  }

  private static void requireRange(String field, Instant instant) {
    if (instant.isBefore(EARLIEST) || instant.isAfter(LATEST)) {
      throw new InvalidField(field, "must lie between the years 1970 and 9999");
    }
  }
}
