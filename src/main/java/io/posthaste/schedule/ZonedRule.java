package io.posthaste.schedule;

import io.posthaste.schedule.DaylightSaving.Gap;
import io.posthaste.schedule.DaylightSaving.Repeat;
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
    if (endsGapThatFires(from)) {
      return Optional.of(from);
    }
    LocalDateTime horizon = LocalDateTime.ofInstant(from, ZoneOffset.UTC).plusYears(YEARS_AHEAD);
    Instant cursor = from;
    while (true) {
      ZoneOffset offset = zone.getOffset(cursor);
      LocalDateTime local = LocalDateTime.ofInstant(cursor, offset);
      LocalDateTime match = rule.atOrAfter(local).orElse(LocalDateTime.MAX);
      ZoneOffsetTransition change = zone.nextTransition(cursor);
      if (change != null
          && comesAgain(local, change)
          && !match.isBefore(change.getDateTimeBefore())) {
        cursor = change.getInstant();
      } else if (match.isAfter(horizon)) {
        return Optional.empty();
      } else if (change == null || match.isBefore(change.getDateTimeBefore())) {
        if (!isSilenced(match, offset)) {
          return Optional.of(match.toInstant(offset));
        }
        cursor = endOfPass(match);
      } else if (change.isGap() && match.isBefore(change.getDateTimeAfter())) {
        if (policy.gap() == Gap.AFTER) {
          return Optional.of(change.getInstant());
        }
        cursor = change.getInstant();
      } else {
        cursor = near(match, change.getInstant());
      }
    }
  }

  /** Whether the clock is put forward at this very instant, over a time of the rule. */
  private boolean endsGapThatFires(Instant instant) {
    if (policy.gap() == Gap.SKIP) {
      return false;
    }
    ZoneOffsetTransition change = zone.nextTransition(instant.minusNanos(1));
    return change != null
        && change.isGap()
        && change.getInstant().equals(instant)
        && rule.atOrAfter(change.getDateTimeBefore())
            .filter(match -> match.isBefore(change.getDateTimeAfter()))
            .isPresent();
  }

  /** Whether a local time before this one is still to come, since the clock will be put back. */
  private static boolean comesAgain(LocalDateTime local, ZoneOffsetTransition change) {
    return change.isOverlap() && local.isAfter(change.getDateTimeAfter());
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

  /** Where to go on when a time of a repeat is left out. */
  private Instant endOfPass(LocalDateTime local) {
    ZoneOffsetTransition repeat = zone.getTransition(local);
    return policy.repeat() == Repeat.FIRST
        ? repeat.getDateTimeBefore().toInstant(repeat.getOffsetAfter())
        : repeat.getInstant();
  }

  /** Shortly before a match, whatever clock changes lie between, but not before the next one. */
  private static Instant near(LocalDateTime match, Instant change) {
    Instant near = match.minusHours(2 * FURTHEST_OFFSET_HOURS).toInstant(ZoneOffset.UTC);
    return near.isAfter(change) ? near : change;
  }
}
