package io.posthaste.schedule.wallclock;

import java.time.LocalTime;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.dmfs.rfc5545.recur.Freq;

/**
 * The seconds of a rule's unit (a day, an hour, a minute, a second) at which it fires: what BYHOUR,
 * BYMINUTE, BYSECOND say, or else the time of day of its start.
 */
final class UnitTimes {
  private final int[] seconds;

  private UnitTimes(int[] seconds) {
    this.seconds = seconds;
  }

  /** Those that a rule of that frequency fans out to; a day's for the longer ones. */
  static UnitTimes of(RuleParts parts, LocalTime start) {
    Freq frequency = parts.frequency();
    boolean second = frequency == Freq.SECONDLY;
    boolean minute = second || frequency == Freq.MINUTELY;
    boolean hour = minute || frequency == Freq.HOURLY;
    long hours = hour ? 1 : parts.bits("BYHOUR", start.getHour());
    long minutes = minute ? 1 : parts.bits("BYMINUTE", start.getMinute());
    long seconds = second ? 1 : parts.bits("BYSECOND", start.getSecond());
    return new UnitTimes(
        values(hours, 24)
            .flatMap(h -> values(minutes, 60).map(m -> h * 60 + m))
            .flatMap(m -> values(seconds, 60).map(s -> m * 60 + s))
            .toArray());
  }

  private static IntStream values(long bits, int end) {
    return IntStream.range(0, end).filter(value -> (bits >> value & 1) == 1);
  }

  /** Only those at the given places, counted from 1, or from -1 at the end. */
  UnitTimes at(List<Integer> positions) {
    return new UnitTimes(
        positions.stream()
            .mapToInt(position -> position > 0 ? position - 1 : seconds.length + position)
            .filter(index -> index >= 0 && index < seconds.length)
            .map(index -> seconds[index])
            .sorted()
            .distinct()
            .toArray());
  }

  int count() {
    return seconds.length;
  }

  boolean isEmpty() {
    return seconds.length == 0;
  }

  int first() {
    return seconds[0];
  }

  /** All from a second of the unit on. */
  int[] from(int second) {
    return Arrays.stream(seconds).filter(it -> it >= second).toArray();
  }

  /** The first one from a second of the unit on; -1 if there is none. */
  int atOrAfter(long second) {
    if (isEmpty() || second > seconds[seconds.length - 1]) {
      return -1;
    }
    int index = Arrays.binarySearch(seconds, (int) Math.max(second, 0));
    return seconds[index >= 0 ? index : -index - 1];
  }
}
