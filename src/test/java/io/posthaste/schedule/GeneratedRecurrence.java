package io.posthaste.schedule;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A random recurrence rule, and beside each part of it what the table of RFC 5545 says of it. */
final class GeneratedRecurrence implements ReferenceRule {
  private static final List<String> FREQUENCIES =
      List.of("SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY");
  private static final String[] WEEKDAYS = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};

  final LocalDateTime start;
  private final int level;
  private final int interval;
  private final DayOfWeek weekStart;
  private final Map<String, String> parts = new LinkedHashMap<>();
  private final List<Predicate<LocalDate>> days = new ArrayList<>();
  private boolean ordinals = true;
  private List<Integer> positions = List.of();
  private LocalDateTime last = LocalDateTime.MAX;
  private IntPredicate hours;
  private IntPredicate minutes;
  private IntPredicate seconds;

  GeneratedRecurrence(Random random, LocalDateTime start) {
    this.start = start;
    level = random.nextInt(FREQUENCIES.size());
    interval = random.nextBoolean() ? 1 : 1 + random.nextInt(5 + 60 / (1 + level * level));
    weekStart = DayOfWeek.of(random.nextBoolean() ? 1 : 1 + random.nextInt(7));
    parts.put("FREQ", FREQUENCIES.get(level));
    parts.put("INTERVAL", Integer.toString(interval));
    parts.put("WKST", WEEKDAYS[weekStart.getValue() - 1]);
    days(random);
    hours = time(random, "BYHOUR", 24, level <= 2 ? null : start.getHour());
    minutes = time(random, "BYMINUTE", 60, level <= 1 ? null : start.getMinute());
    seconds = time(random, "BYSECOND", 60, level == 0 ? null : start.getSecond());
    positions(random);
    count(random);
  }

  private void count(Random random) {
    if (random.nextInt(4) > 0) {
      return;
    }
    int left = 1 + random.nextInt(300);
    parts.put("COUNT", Integer.toString(left));
    LocalDate date = start.toLocalDate();
    LocalDate end = date.plusYears(yearsToLookAt());
    while (left > 0 && date.isBefore(end)) {
      List<LocalDateTime> times = mayFitOn(date) ? uncounted(date).toList() : List.of();
      if (left <= times.size()) {
        last = times.get(left - 1);
      }
      left -= times.size();
      date = date.plusDays(1);
    }
  }

  private void positions(Random random) {
    if (random.nextInt(4) == 0
        && level < 6
        && parts.keySet().stream().anyMatch(it -> it.startsWith("BY"))) {
      // Of a minute's or a second's times there may be but one
      int furthest = level <= 1 ? 1 : 4;
      positions =
          random
              .ints(1 + random.nextInt(3), -furthest, furthest + 1)
              .filter(it -> it != 0)
              .distinct()
              .boxed()
              .toList();
      if (!positions.isEmpty()) {
        parts.put("BYSETPOS", text(positions));
      }
    }
  }

  private IntPredicate time(Random random, String name, int end, Integer implied) {
    if (random.nextInt(3) > 0) {
      return implied == null ? _ -> true : it -> it == implied;
    }
    List<Integer> values =
        random
            .ints(1 + random.nextInt(3), 0, end == 24 && random.nextBoolean() ? 4 : end)
            .distinct()
            .boxed()
            .toList();
    parts.put(name, text(values));
    return values::contains;
  }

  private static String text(List<?> values) {
    return String.join(",", values.stream().map(Object::toString).toList());
  }

  private void days(Random random) {
    boolean months = random.nextInt(4) == 0;
    if (months) {
      List<Integer> values = random.ints(1 + random.nextInt(4), 1, 13).distinct().boxed().toList();
      parts.put("BYMONTH", text(values));
      days.add(it -> values.contains(it.getMonthValue()));
    }
    boolean named =
        switch (random.nextInt(5)) {
          case 4 -> {
            // A weekday of certain days, such as Friday the 13th
            ordinals = false;
            yield level != 4 && monthDays(random) && weekdays(random, months);
          }
          case 0 -> weekdays(random, months);
          case 1 -> level != 4 && monthDays(random);
          case 2 -> (level == 6 || level <= 2) && yearDays(random);
          default -> false;
        };
    if (!named) {
      implied(months);
    }
  }

  private void implied(boolean months) {
    switch (level) {
      case 4 -> days.add(it -> it.getDayOfWeek() == start.getDayOfWeek());
      case 5 -> days.add(it -> it.getDayOfMonth() == start.getDayOfMonth());
      case 6 ->
          days.add(
              it ->
                  it.getDayOfMonth() == start.getDayOfMonth()
                      && (months || it.getMonth() == start.getMonth()));
      default -> {}
    }
  }

  private boolean monthDays(Random random) {
    List<Integer> values =
        random
            .ints(1 + random.nextInt(3), -31, 32)
            .filter(it -> it != 0)
            .boxed()
            .distinct()
            .toList();
    if (values.isEmpty()) {
      return false;
    }
    parts.put("BYMONTHDAY", text(values));
    days.add(
        it ->
            values.contains(it.getDayOfMonth())
                || values.contains(it.getDayOfMonth() - it.lengthOfMonth() - 1));
    return true;
  }

  private boolean yearDays(Random random) {
    List<Integer> values =
        random
            .ints(1 + random.nextInt(5), -366, 367)
            .filter(it -> it != 0)
            .boxed()
            .distinct()
            .toList();
    if (values.isEmpty()) {
      return false;
    }
    parts.put("BYYEARDAY", text(values));
    days.add(
        it ->
            values.contains(it.getDayOfYear())
                || values.contains(it.getDayOfYear() - it.lengthOfYear() - 1));
    return true;
  }

  private boolean weekdays(Random random, boolean months) {
    List<String> texts = new ArrayList<>();
    List<Predicate<LocalDate>> any = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(3); i++) {
      DayOfWeek weekday = DayOfWeek.of(1 + random.nextInt(7));
      int nth = level < 5 || !ordinals || random.nextBoolean() ? 0 : 1 + random.nextInt(4);
      int signed = random.nextBoolean() ? nth : -nth;
      texts.add((signed == 0 ? "" : signed) + WEEKDAYS[weekday.getValue() - 1]);
      any.add(
          it ->
              it.getDayOfWeek() == weekday
                  && (signed == 0
                      || nth(it, level == 5 || months) == signed
                      || nthFromEnd(it, level == 5 || months) == signed));
    }
    parts.put("BYDAY", text(texts));
    days.add(it -> any.stream().anyMatch(one -> one.test(it)));
    return true;
  }

  private static int nth(LocalDate date, boolean ofMonth) {
    return ((ofMonth ? date.getDayOfMonth() : date.getDayOfYear()) - 1) / 7 + 1;
  }

  private static int nthFromEnd(LocalDate date, boolean ofMonth) {
    int left =
        ofMonth
            ? date.lengthOfMonth() - date.getDayOfMonth()
            : date.lengthOfYear() - date.getDayOfYear();
    return -(left / 7 + 1);
  }

  @Override
  public Timing timing() {
    return Timing.Recurrence.parse(rule());
  }

  String rule() {
    return String.join(
        ";", parts.entrySet().stream().map(it -> it.getKey() + "=" + it.getValue()).toList());
  }

  @Override
  public boolean mayFitOn(LocalDate date) {
    return !date.isBefore(start.toLocalDate()) && isDay(date) && turn(date);
  }

  private boolean turn(LocalDate date) {
    LocalDate first = start.toLocalDate();
    long periods =
        switch (level) {
          case 3 -> ChronoUnit.DAYS.between(first, date);
          case 4 -> ChronoUnit.WEEKS.between(week(first), week(date));
          case 5 -> ChronoUnit.MONTHS.between(first.withDayOfMonth(1), date.withDayOfMonth(1));
          case 6 -> date.getYear() - first.getYear();
          default -> 0;
        };
    return periods % interval == 0;
  }

  private LocalDate week(LocalDate date) {
    return date.with(TemporalAdjusters.previousOrSame(weekStart));
  }

  @Override
  public Stream<LocalDateTime> on(LocalDate date) {
    return uncounted(date).filter(time -> !time.isAfter(last));
  }

  private Stream<LocalDateTime> uncounted(LocalDate date) {
    return all(date)
        .filter(
            time -> !time.isBefore(start) && turn(time) && (positions.isEmpty() || isPicked(time)));
  }

  /** Whether its place among all times of its period is one of those asked for. */
  private boolean isPicked(LocalDateTime time) {
    List<LocalDateTime> all = period(time).toList();
    int place = all.indexOf(time);
    return positions.contains(place + 1) || positions.contains(place - all.size());
  }

  private Stream<LocalDateTime> period(LocalDateTime time) {
    LocalDate date = time.toLocalDate();
    return switch (level) {
      case 0 -> Stream.of(time);
      case 1 -> seconds(time.truncatedTo(ChronoUnit.MINUTES));
      case 2 ->
          IntStream.range(0, 60)
              .filter(minutes)
              .boxed()
              .flatMap(m -> seconds(time.truncatedTo(ChronoUnit.HOURS).plusMinutes(m)));
      case 3 -> all(date);
      case 4 ->
          week(date).datesUntil(week(date).plusDays(7)).filter(this::isDay).flatMap(this::all);
      default ->
          date.withDayOfMonth(1)
              .datesUntil(date.withDayOfMonth(1).plusMonths(1))
              .filter(this::isDay)
              .flatMap(this::all);
    };
  }

  private boolean isDay(LocalDate date) {
    return days.stream().allMatch(it -> it.test(date));
  }

  private Stream<LocalDateTime> all(LocalDate date) {
    return IntStream.range(0, 24)
        .filter(hours)
        .boxed()
        .flatMap(h -> IntStream.range(0, 60).filter(minutes).mapToObj(m -> date.atTime(h, m)))
        .flatMap(this::seconds);
  }

  private Stream<LocalDateTime> seconds(LocalDateTime minute) {
    return IntStream.range(0, 60).filter(seconds).mapToObj(minute::plusSeconds);
  }

  private boolean turn(LocalDateTime time) {
    long unit =
        switch (level) {
          case 0 -> 1;
          case 1 -> 60;
          case 2 -> 3600;
          default -> 0;
        };
    return unit == 0 || (units(time, unit) - units(start, unit)) % interval == 0;
  }

  private static long units(LocalDateTime time, long unit) {
    return time.toEpochSecond(ZoneOffset.UTC) / unit;
  }

  @Override
  public int yearsToLookAt() {
    return level <= 2 ? 2 : 60;
  }

  @Override
  public boolean runsOn() {
    return level <= 1 || level == 2 && interval == 1 && !parts.containsKey("BYHOUR");
  }

  @Override
  public String toString() {
    return "rrule " + rule() + " from " + start;
  }
}
