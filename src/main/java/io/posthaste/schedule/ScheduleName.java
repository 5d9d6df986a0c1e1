package io.posthaste.schedule;

import io.posthaste.message.InvalidField;
import java.util.regex.Pattern;

/** The name of a schedule: {@code [a-z0-9][a-z0-9._-]{0,99}}, but not {@code preview}. */
public record ScheduleName(String value) implements Comparable<ScheduleName> {
  private static final Pattern WELL_FORMED = Pattern.compile("[a-z0-9][a-z0-9._-]{0,99}");

  public ScheduleName {
    require("schedule", value);
    if (value.equals("preview")) {
      throw new InvalidField("schedule", "must not be 'preview', which is an address of its own");
    }
  }

  /** The same rule holds for the names of calendars. */
  static void require(String field, String name) {
    if (!WELL_FORMED.matcher(name).matches()) {
      throw new InvalidField(
          field,
          "must match [a-z0-9][a-z0-9._-]{0,99}: lower-case letters, digits, '.', '_' and '-'");
    }
  }

  @Override
  public int compareTo(ScheduleName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
