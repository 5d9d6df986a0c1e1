package io.posthaste.schedule.wallclock;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;

/**
 * A rule with an end and with exceptions.
 *
 * @param exclusions first and last local time of each, which may be the same
 */
record BoundedRule(WallClockRule rule, LocalDateTime end, List<Exclusion> exclusions)
    implements WallClockRule {

  record Exclusion(LocalDateTime first, LocalDateTime last) {
    boolean covers(LocalDateTime time) {
      return !time.isBefore(first) && !time.isAfter(last);
    }
  }

  @Override
  public Optional<LocalDateTime> atOrAfter(LocalDateTime from) {
    Optional<LocalDateTime> found = rule.atOrAfter(from);
    // Each turn leaves an exception behind
    Optional<LocalDateTime> covered = found.flatMap(this::endOfExclusion);
    while (covered.isPresent()) {
      found = rule.atOrAfter(covered.get().plusSeconds(1));
      covered = found.flatMap(this::endOfExclusion);
    }
    return found.filter(time -> !time.isAfter(end));
  }

  private Optional<LocalDateTime> endOfExclusion(LocalDateTime time) {
    return exclusions.stream()
        .filter(exclusion -> exclusion.covers(time))
        .map(Exclusion::last)
        .findAny();
  }

  @Override
  public Cadence cadence() {
    return rule.cadence();
  }
}
