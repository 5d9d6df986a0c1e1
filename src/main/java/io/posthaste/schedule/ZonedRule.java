package io.posthaste.schedule;

import io.posthaste.schedule.wallclock.WallClockRule;
import io.posthaste.schedule.wallclock.WallClockRule.Cadence;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Carries a wall-clock rule into a time zone, clock changes and all.
 *
 * <p>Between two clock changes the offset stays the same, and local times are instants. A step of
 * the search looks at one such stretch; a rule with nothing to say for years leaps over theirs.
 */
final class ZonedRule implements InstantRule {
  /** No zone is further from UTC. */
  private static final long FURTHEST_OFFSET_HOURS = 18;

  private static final long YEARS_AHEAD = WallClockRule.YEARS;

  private final WallClockRule rule;
  private final ZoneRules zone;
  private final DaylightSaving policy;

  ZonedRule(WallClockRule rule, ZoneId zone, DaylightSaving policy) {
    this.rule = rule;
    this.zone = zone.getRules();
    this.policy = policy;
  }

  @Override
  public Optional<Instant> atOrAfter(Instant from) {
    LocalDateTime horizon = LocalDateTime.ofInstant(from, ZoneOffset.UTC).plusYears(YEARS_AHEAD);
    Instant cursor = from;
    while (true) {
      ZoneOffset offset = zone.getOffset(cursor);
      Optional<LocalDateTime> match = rule.atOrAfter(LocalDateTime.ofInstant(cursor, offset));
      if (match.isEmpty() || match.get().isAfter(horizon)) {
        return Optional.empty();
      }
      ZoneOffsetTransition change = zone.nextTransition(cursor);
      if (change == null || match.get().isBefore(change.getDateTimeBefore())) {
        Instant instant = match.get().toInstant(offset);
        if (!isSilenced(match.get(), offset)) {
          return Optional.of(instant);
        }
        cursor = endOfRepeat(match.get());
      } else if (change.isGap() && match.get().isBefore(change.getDateTimeAfter())) {
        if (policy.gap() == DaylightSaving.Gap.AFTER) {
          return Optional.of(change.getInstant());
        }
        cursor = change.getInstant();
      } else {
        cursor = beyond(change, LocalDateTime.ofInstant(cursor, offset), match.get());
      }
    }
  }

  /** Whether this is the one of two that the policy leaves out. */
  private boolean isSilenced(LocalDateTime local, ZoneOffset offset) {
    if (rule.cadence() == Cadence.RUNNING) {
      return false;
    }
    ZoneOffsetTransition repeat = repeatAt(local);
    return repeat != null
        && switch (policy.repeat()) {
          case FIRST -> !offset.equals(repeat.getOffsetBefore());
          case SECOND -> !offset.equals(repeat.getOffsetAfter());
          case BOTH -> false;
        };
  }

  private @Nullable ZoneOffsetTransition repeatAt(LocalDateTime local) {
    ZoneOffsetTransition change = zone.getTransition(local);
    return change != null && change.isOverlap() ? change : null;
  }

  /** Where to go on when a time of a repeat is left out: the end of that pass. */
  private Instant endOfRepeat(LocalDateTime local) {
    ZoneOffsetTransition repeat = zone.getTransition(local);
    return policy.repeat() == DaylightSaving.Repeat.FIRST
        ? repeat.getDateTimeBefore().toInstant(repeat.getOffsetAfter())
        : repeat.getInstant();
  }

  /** Behind a clock change, and if nothing can lie between, shortly before the match. */
  private static Instant beyond(
      ZoneOffsetTransition change, LocalDateTime cursor, LocalDateTime match) {
    if (change.isOverlap() && cursor.isAfter(change.getDateTimeAfter())) {
      // Times before the cursor come again
      return change.getInstant();
    }
    Instant near = match.minusHours(2 * FURTHEST_OFFSET_HOURS).toInstant(ZoneOffset.UTC);
    return near.isAfter(change.getInstant()) ? near : change.getInstant();
  }
}
