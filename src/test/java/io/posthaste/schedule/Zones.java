package io.posthaste.schedule;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Zones whose clocks have done something worth a test. */
final class Zones {
  static final Instant FROM = Instant.parse("2007-01-01T00:00:00Z");
  static final Instant TO = Instant.parse("2032-01-01T00:00:00Z");

  static final List<ZoneId> ALL =
      Stream.of(
              "UTC",
              "Europe/Berlin",
              "Europe/London",
              "Europe/Dublin",
              "Europe/Istanbul",
              "Europe/Moscow",
              "Africa/Casablanca",
              "Africa/Cairo",
              "America/New_York",
              "America/Sao_Paulo",
              "America/Havana",
              "America/St_Johns",
              "America/Santiago",
              "America/Caracas",
              "Antarctica/Troll",
              "Asia/Amman",
              "Asia/Beirut",
              "Asia/Gaza",
              "Asia/Kathmandu",
              "Asia/Pyongyang",
              "Asia/Tehran",
              "Atlantic/Azores",
              "Australia/Adelaide",
              "Australia/Lord_Howe",
              "Pacific/Apia",
              "Pacific/Chatham",
              "Pacific/Easter",
              "Pacific/Fiji",
              "Pacific/Norfolk")
          .map(ZoneId::of)
          .toList();

  private Zones() {}

  /** The clock changes of a zone in the years under test. */
  static List<ZoneOffsetTransition> changes(ZoneId zone) {
    List<ZoneOffsetTransition> changes = new ArrayList<>();
    ZoneOffsetTransition next = zone.getRules().nextTransition(FROM);
    while (next != null && next.getInstant().isBefore(TO)) {
      changes.add(next);
      next = zone.getRules().nextTransition(next.getInstant());
    }
    return changes;
  }

  /** A local time in the days before a change, or any where there is none. */
  static LocalDateTime nearChange(ZoneId zone, Random random) {
    List<ZoneOffsetTransition> changes = changes(zone);
    Instant near =
        changes.isEmpty() ? FROM : changes.get(random.nextInt(changes.size())).getInstant();
    LocalDateTime before =
        LocalDateTime.ofInstant(near.minusSeconds(random.nextInt(300_000)), zone)
            .truncatedTo(ChronoUnit.SECONDS);
    // Most changes are made at night: a time of the day that is often hit
    return random.nextBoolean() ? before.withHour(random.nextInt(4)) : before;
  }
}
