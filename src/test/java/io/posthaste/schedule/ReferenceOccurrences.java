package io.posthaste.schedule;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** The instants of a rule in a zone, by asking java.time about one local time after the other. */
record ReferenceOccurrences(ReferenceRule rule, ZoneId zone, DaylightSaving dst) {

  /**
   * The next ones from an instant on, in their order.
   *
   * @param last no date after it is looked at
   */
  List<Instant> from(Instant from, int count, LocalDate last) {
    TreeSet<Instant> found = new TreeSet<>();
    // Clock changes move times by a day at most: what lies that far back is complete
    LocalDate date = LocalDate.ofInstant(from, zone).minusDays(2);
    Instant complete = Instant.MIN;
    while (!date.isAfter(last) && found.headSet(complete).size() < count) {
      if (rule.mayFitOn(date)) {
        rule.on(date).flatMap(this::instants).filter(it -> !it.isBefore(from)).forEach(found::add);
      }
      date = date.plusDays(1);
      complete = date.minusDays(2).atStartOfDay().toInstant(ZoneOffset.UTC);
    }
    return new ArrayList<>(found).subList(0, Math.min(count, found.size()));
  }

  private Stream<Instant> instants(LocalDateTime local) {
    List<ZoneOffset> offsets = zone.getRules().getValidOffsets(local);
    if (offsets.isEmpty()) {
      return dst.gap() == DaylightSaving.Gap.SKIP
          ? Stream.of()
          : Stream.of(zone.getRules().getTransition(local).getInstant());
    }
    if (rule.runsOn()) {
      return offsets.stream().map(local::toInstant);
    }
    return switch (dst.repeat()) {
      case FIRST -> Stream.of(local.toInstant(offsets.getFirst()));
      case SECOND -> Stream.of(local.toInstant(offsets.getLast()));
      case BOTH -> offsets.stream().map(local::toInstant);
    };
  }
}
