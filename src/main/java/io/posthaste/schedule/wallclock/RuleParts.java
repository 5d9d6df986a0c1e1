package io.posthaste.schedule.wallclock;

import io.posthaste.message.InvalidField;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.dmfs.rfc5545.recur.Freq;
import org.dmfs.rfc5545.recur.InvalidRecurrenceRuleException;
import org.dmfs.rfc5545.recur.RecurrenceRule;
import org.dmfs.rfc5545.recur.RecurrenceRule.RfcMode;

/** The parts of a recurrence rule, {@code FREQ=…;BYDAY=…}, checked by lib-recur. */
record RuleParts(Map<String, String> values) {
  /** What RFC 5545 has; RSCALE and SKIP, of RFC 7529, are not among it. */
  private static final Set<String> KNOWN =
      Set.of(
          "FREQ",
          "INTERVAL",
          "COUNT",
          "UNTIL",
          "WKST",
          "BYSECOND",
          "BYMINUTE",
          "BYHOUR",
          "BYDAY",
          "BYMONTHDAY",
          "BYYEARDAY",
          "BYWEEKNO",
          "BYMONTH",
          "BYSETPOS");

  /**
   * @throws InvalidField for {@code rrule}, naming the part at fault
   */
  static RuleParts parse(String rule) {
    Map<String, String> values = new LinkedHashMap<>();
    int position = 0;
    for (String part : rule.strip().toUpperCase(Locale.ROOT).split(";")) {
      position++;
      int equals = part.indexOf('=');
      if (equals < 0 || !KNOWN.contains(part.substring(0, equals))) {
        throw invalid(part, position, "is not a part of a rule such as FREQ=WEEKLY;BYDAY=MO");
      }
      if (values.put(part.substring(0, equals), part.substring(equals + 1)) != null) {
        throw invalid(part, position, "stands there twice");
      }
      requireValue(part, position);
    }
    if (!values.containsKey("FREQ")) {
      throw new InvalidField("rrule", "is no rule: FREQ is missing");
    }
    RuleParts parts = new RuleParts(values);
    try {
      parts.without(Set.of());
    } catch (InvalidRecurrenceRuleException e) {
      throw new InvalidField("rrule", "is no rule: " + sentence(e));
    }
    return parts;
  }

  // Beside what it goes with for certain, so that only the value itself can be wrong
  private static void requireValue(String part, int position) {
    String rule =
        part.startsWith("FREQ=")
            ? part
            : part.startsWith("BYSETPOS=")
                ? "FREQ=YEARLY;BYMONTH=1;" + part
                : "FREQ=YEARLY;" + part;
    try {
      new RecurrenceRule(rule, RfcMode.RFC5545_STRICT);
    } catch (InvalidRecurrenceRuleException | IllegalArgumentException e) {
      throw invalid(part, position, "cannot be understood: " + sentence(e));
    }
  }

  private static String sentence(Exception e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return cause.getMessage() == null || cause.getMessage().contains("enum constant")
        ? String.valueOf(e.getMessage())
        : cause.getMessage();
  }

  private static InvalidField invalid(String part, int position, String reason) {
    return new InvalidField(
        "rrule", "has '%s' as part %d, which %s".formatted(part, position, reason));
  }

  /** The rule for lib-recur, some of its parts left out. */
  RecurrenceRule without(Set<String> names) throws InvalidRecurrenceRuleException {
    Map<String, String> explicit = new LinkedHashMap<>(values);
    if (meansEveryMonth()) {
      explicit.put("BYMONTH", "1,2,3,4,5,6,7,8,9,10,11,12");
    }
    return new RecurrenceRule(
        explicit.entrySet().stream()
            .filter(part -> !names.contains(part.getKey()))
            .map(part -> part.getKey() + "=" + part.getValue())
            .collect(Collectors.joining(";")),
        RfcMode.RFC5545_STRICT);
  }

  // The library takes the start's month where the RFC, and everybody else, takes every month
  private boolean meansEveryMonth() {
    return frequency() == Freq.YEARLY
        && has("BYMONTHDAY")
        && !has("BYMONTH")
        && !has("BYYEARDAY")
        && !has("BYWEEKNO")
        && texts("BYDAY").stream().allMatch(day -> day.length() == 2);
  }

  Freq frequency() {
    return Freq.valueOf(values.get("FREQ"));
  }

  int interval() {
    return Integer.parseInt(values.getOrDefault("INTERVAL", "1"));
  }

  int count() {
    return Integer.parseInt(values.getOrDefault("COUNT", "0"));
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  /** A part's numbers; empty if it is not there. */
  List<Integer> numbers(String name) {
    try {
      return texts(name).stream().map(Integer::parseInt).toList();
    } catch (NumberFormatException e) {
      throw new InvalidField("rrule", "has a " + name + " that is no list of numbers");
    }
  }

  /** A part's list; empty if it is not there. */
  List<String> texts(String name) {
    String value = values.get(name);
    return value == null ? List.of() : Arrays.asList(value.split(","));
  }

  /** A part's numbers as bits; if it is not there, that of a default, or all of them. */
  long bits(String name, int absent) {
    List<Integer> numbers = numbers(name);
    return numbers.isEmpty()
        ? absent == ANY ? -1L : 1L << absent
        : numbers.stream().mapToLong(number -> 1L << number).reduce(0, (a, b) -> a | b);
  }

  /** For {@link #bits}: an absent part restricts nothing. */
  static final int ANY = -1;
}
