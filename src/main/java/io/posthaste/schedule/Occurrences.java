package io.posthaste.schedule;

import io.posthaste.message.InvalidField;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Works out when a timetable fires, one occurrence after the other. Without state: what comes after
 * an instant is the same whoever asks, and whatever was asked before.
 */
public final class Occurrences {
  private final Optional<ScheduleName> name;
  private final Timetable timetable;
  private final InstantRule rule;
  private final Instant earliest;
  private final Instant latest;
  private final Set<LocalDate> excluded;

  /**
   * @param anchor when the schedule was made; intervals and rules without a start count from it,
   *     and without a start nothing is planned before it
   * @param calendars those that the timetable excludes
   */
  public Occurrences(
      ScheduleName name, Timetable timetable, Instant anchor, List<Calendar> calendars) {
    this(Optional.of(name), timetable, anchor, calendars);
  }

  /**
   * Those of a timetable that belongs to no schedule yet: without jitter, which hangs on a name.
   */
  public Occurrences(Timetable timetable, Instant anchor, List<Calendar> calendars) {
    this(Optional.empty(), timetable, anchor, calendars);
  }

  private Occurrences(
      Optional<ScheduleName> name, Timetable timetable, Instant anchor, List<Calendar> calendars) {
    this.name = name;
    this.timetable = timetable;
    Instant made = anchor.truncatedTo(ChronoUnit.MICROS);
    earliest = timetable.firstMoment().map(start -> start.in(timetable.zone())).orElse(made);
    latest = timetable.end() == null ? Moment.LATEST : timetable.end().lastIn(timetable.zone());
    rule = rule(timetable, earliest);
    excluded = new HashSet<>();
    calendars.forEach(calendar -> excluded.addAll(calendar.dates()));
  }

  private static InstantRule rule(Timetable timetable, Instant earliest) {
    return switch (timetable.timing()) {
      case Timing.At(Moment.Exact(var instant)) -> new InstantRule.Once(instant);
      case Timing.At(Moment.Local(var time)) ->
          new ZonedRule(new OneTime(time), timetable.zone(), timetable.dst().once());
      case Timing.Every(var interval) ->
          new Elapsing(earliest, interval, timetable.start() == null ? 1 : 0);
      case Timing.Cron(var expression) ->
          new ZonedRule(expression, timetable.zone(), timetable.dst());
      case Timing.Recurrence(var set) ->
          new ZonedRule(
              set.from(firstLocal(timetable, earliest), timetable.zone()),
              timetable.zone(),
              timetable.dst());
    };
  }

  private static LocalDateTime firstLocal(Timetable timetable, Instant earliest) {
    return timetable
        .firstMoment()
        .map(start -> start.localIn(timetable.zone()))
        .orElseGet(() -> LocalDateTime.ofInstant(earliest, timetable.zone()));
  }

  /**
   * The next occurrence to fire; empty if there is none, be it that the timetable has ended or that
   * its limit is reached.
   *
   * @param exclusive planned times up to and including it are done with
   * @param fired how many occurrences have fired
   */
  public Optional<Occurrence> after(Instant exclusive, long fired) {
    return remaining(fired) == 0
        ? Optional.empty()
        : plannedAfter(exclusive).map(planned -> occurrence(planned, fired + 1));
  }

  /**
   * The first one after a moment, for a plan that begins there.
   *
   * @throws InvalidField for {@code at} if the only one does not lie ahead, and for an {@code end}
   *     that is over
   */
  public Optional<Occurrence> first(Instant now) {
    Optional<Occurrence> first = after(now, 0);
    if (first.isEmpty() && timetable.timing() instanceof Timing.At) {
      throw new InvalidField("at", "must lie ahead, on a day that is not excluded");
    }
    if (latest.isBefore(now)) {
      throw new InvalidField("end", "must lie ahead");
    }
    return first;
  }

  /** How many more occurrences may fire. */
  long remaining(long fired) {
    Integer limit = timetable.limit();
    return limit == null ? Long.MAX_VALUE : Math.max(limit - fired, 0);
  }

  /** The occurrence that was planned for that instant. */
  Occurrence occurrence(Instant planned, long number) {
    return new Occurrence(planned, due(planned), number);
  }

  /** The next planned time, whatever the limit. */
  Optional<Instant> plannedAfter(Instant exclusive) {
    Instant from = exclusive.truncatedTo(ChronoUnit.MICROS).plus(1, ChronoUnit.MICROS);
    return atOrAfter(from.isBefore(earliest) ? earliest : from)
        .filter(planned -> !planned.isAfter(latest));
  }

  // Every turn but the last leaves an excluded date behind
  private Optional<Instant> atOrAfter(Instant from) {
    Optional<Instant> planned = rule.atOrAfter(from);
    while (planned.isPresent() && isExcluded(planned.get())) {
      planned = rule.atOrAfter(nextDay(planned.get()));
    }
    return planned;
  }

  private boolean isExcluded(Instant planned) {
    return !excluded.isEmpty() && excluded.contains(LocalDate.ofInstant(planned, timetable.zone()));
  }

  private Instant nextDay(Instant instant) {
    Instant day =
        LocalDate.ofInstant(instant, timetable.zone())
            .plusDays(1)
            .atStartOfDay(timetable.zone())
            .toInstant();
    // A clock put back over midnight shows the old date again
    return day.isAfter(instant) ? day : instant.plus(1, ChronoUnit.MICROS);
  }

  private Instant due(Instant planned) {
    if (name.isEmpty() || timetable.jitter().isZero()) {
      return planned;
    }
    Duration room =
        plannedAfter(planned)
            .map(next -> Duration.between(planned, next).minus(1, ChronoUnit.MICROS))
            .filter(gap -> gap.compareTo(timetable.jitter()) < 0)
            .orElse(timetable.jitter());
    return planned.plus(Jitter.of(name.get(), planned, room));
  }

  /**
   * Refuses a rule that fires at no time between now, or the start, and the end of time.
   *
   * @throws InvalidField for {@code cron}, {@code rrule} or {@code end}
   */
  public void requireSome() {
    String field =
        switch (timetable.timing()) {
          case Timing.Cron _ -> "cron";
          case Timing.Recurrence _ -> "rrule";
          case Timing.At _, Timing.Every _ -> "exclude";
        };
    Optional<Instant> first = atOrAfter(earliest);
    if (first.isEmpty() && !(timetable.timing() instanceof Timing.At)) {
      throw new InvalidField(field, "can never fire with the other fields as they are");
    }
    if (timetable.start() != null && first.filter(it -> !it.isAfter(latest)).isEmpty()) {
      throw new InvalidField("end", "lies before the first occurrence");
    }
  }
}
