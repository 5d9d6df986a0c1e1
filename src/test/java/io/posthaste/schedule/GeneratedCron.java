package io.posthaste.schedule;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A random cron expression, and beside each part of it what it means. */
final class GeneratedCron implements ReferenceRule {
  private static final String[] MONTHS = {
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"
  };
  private static final String[] WEEKDAYS = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

  /** A field's text, the numbers that fit, and whether it was written as a pattern. */
  private record Numbers(String text, IntPredicate fits, boolean pattern, boolean star) {}

  private record Days(String text, Predicate<LocalDate> fit, boolean star) {}

  private final Numbers seconds;
  private final Numbers minutes;
  private final Numbers hours;
  private final Numbers months;
  private final Days monthDays;
  private final Days weekdays;
  private final String text;

  GeneratedCron(Random random) {
    boolean six = random.nextInt(4) == 0;
    seconds = six ? numbers(random, 0, 59, 1) : new Numbers("0", it -> it == 0, false, false);
    minutes = numbers(random, 0, 59, 4);
    hours = numbers(random, 0, 23, 4);
    months = random.nextInt(3) > 0 ? everything() : named(random);
    monthDays = monthDays(random);
    weekdays = weekdays(random);
    text =
        (six ? seconds.text + " " : "")
            + String.join(
                random.nextBoolean() ? " " : "  ",
                minutes.text,
                hours.text,
                monthDays.text,
                months.text,
                weekdays.text);
  }

  private static Numbers everything() {
    return new Numbers("*", _ -> true, true, true);
  }

  private static Numbers numbers(Random random, int min, int max, int weightOfOne) {
    // Hours at night are those that clock changes are about
    int a =
        max == 23 && random.nextBoolean() ? random.nextInt(4) : min + random.nextInt(max - min + 1);
    int b = a + random.nextInt(max - a + 1);
    int step = 1 + random.nextInt(max / 2);
    return switch (random.nextInt(5 + weightOfOne)) {
      case 0 -> everything();
      case 1 -> new Numbers("*/" + step, it -> (it - min) % step == 0, true, true);
      case 2 -> new Numbers(a + "-" + b, it -> it >= a && it <= b, true, false);
      case 3 ->
          new Numbers(
              a + "-" + b + "/" + step,
              it -> it >= a && it <= b && (it - a) % step == 0,
              true,
              false);
      case 4 -> new Numbers(a + "," + b, it -> it == a || it == b, false, false);
      default -> new Numbers(Integer.toString(a), it -> it == a, false, false);
    };
  }

  private static Numbers named(Random random) {
    int a = 1 + random.nextInt(12);
    int b = a + random.nextInt(12 - a + 1);
    return switch (random.nextInt(3)) {
      case 0 -> new Numbers(MONTHS[a - 1], it -> it == a, false, false);
      case 1 ->
          new Numbers(MONTHS[a - 1] + "-" + MONTHS[b - 1], it -> it >= a && it <= b, true, false);
      default -> new Numbers(a + "," + b, it -> it == a || it == b, false, false);
    };
  }

  private static Days monthDays(Random random) {
    int day = 1 + random.nextInt(28);
    return switch (random.nextInt(10)) {
      case 0 -> new Days("L", it -> it.getDayOfMonth() == it.lengthOfMonth(), false);
      case 1 -> new Days("L-3", it -> it.getDayOfMonth() == it.lengthOfMonth() - 3, false);
      case 2 ->
          new Days(
              "LW", it -> it.equals(nearestWorkday(it.withDayOfMonth(it.lengthOfMonth()))), false);
      case 3 -> new Days(day + "W", it -> it.equals(nearestWorkday(it.withDayOfMonth(day))), false);
      case 4 -> {
        Numbers numbers = numbers(random, 1, 28, 2);
        yield new Days(numbers.text, it -> numbers.fits.test(it.getDayOfMonth()), numbers.star);
      }
      case 5 ->
          new Days(
              day + ",L",
              it -> it.getDayOfMonth() == day || it.getDayOfMonth() == it.lengthOfMonth(),
              false);
      case 6 -> new Days("31", it -> it.getDayOfMonth() == 31, false);
      case 7 -> new Days("?", _ -> true, true);
      default -> new Days("*", _ -> true, true);
    };
  }

  /** The workday of the same month that is the fewest days away. */
  private static LocalDate nearestWorkday(LocalDate day) {
    return Stream.of(0, -1, 1, -2, 2)
        .map(day::plusDays)
        .filter(it -> it.getMonth() == day.getMonth())
        .filter(it -> it.getDayOfWeek().compareTo(DayOfWeek.SATURDAY) < 0)
        .findFirst()
        .orElseThrow();
  }

  private static Days weekdays(Random random) {
    int a = random.nextInt(7);
    int length = random.nextInt(7);
    int b = (a + length) % 7;
    int nth = 1 + random.nextInt(5);
    return switch (random.nextInt(12)) {
      case 0 ->
          new Days(
              WEEKDAYS[a] + "-" + WEEKDAYS[b], it -> Math.floorMod(of(it) - a, 7) <= length, false);
      case 1 -> new Days(Integer.toString(a), it -> of(it) == a, false);
      case 2 -> new Days("7", it -> of(it) == 0, false);
      case 3 ->
          new Days(
              WEEKDAYS[a] + "#" + nth,
              it -> of(it) == a && (it.getDayOfMonth() - 1) / 7 + 1 == nth,
              false);
      case 4 ->
          new Days(
              WEEKDAYS[a] + "L",
              it -> of(it) == a && it.plusWeeks(1).getMonth() != it.getMonth(),
              false);
      case 5 -> new Days(a + "," + WEEKDAYS[b], it -> of(it) == a || of(it) == b, false);
      case 6 -> new Days("*/2", it -> of(it) % 2 == 0, true);
      default -> new Days("*", _ -> true, true);
    };
  }

  private static int of(LocalDate date) {
    return date.getDayOfWeek() == DayOfWeek.SUNDAY ? 0 : date.getDayOfWeek().getValue();
  }

  @Override
  public Timing timing() {
    return Timing.Cron.parse(text);
  }

  @Override
  public boolean mayFitOn(LocalDate date) {
    boolean day =
        monthDays.star || weekdays.star
            ? monthDays.fit.test(date) && weekdays.fit.test(date)
            : monthDays.fit.test(date) || weekdays.fit.test(date);
    return day && months.fits.test(date.getMonthValue());
  }

  @Override
  public Stream<LocalDateTime> on(LocalDate date) {
    List<LocalDateTime> times = new ArrayList<>();
    for (int minute = 0; minute < 24 * 60; minute++) {
      if (hours.fits.test(minute / 60) && minutes.fits.test(minute % 60)) {
        LocalDateTime time = date.atStartOfDay().plusMinutes(minute);
        IntStream.range(0, 60).filter(seconds.fits).mapToObj(time::plusSeconds).forEach(times::add);
      }
    }
    return times.stream();
  }

  @Override
  public boolean runsOn() {
    return seconds.pattern || minutes.pattern || IntStream.range(0, 24).allMatch(hours.fits);
  }

  @Override
  public String toString() {
    return "cron " + text;
  }
}
