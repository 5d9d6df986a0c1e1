package io.posthaste.consumer;

import io.posthaste.message.InvalidField;
import java.util.regex.Pattern;

/** The name of a consumer, unique within its queue: {@code [a-z0-9][a-z0-9._-]{0,99}}. */
public record ConsumerName(String value) implements Comparable<ConsumerName> {
  private static final Pattern WELL_FORMED = Pattern.compile("[a-z0-9][a-z0-9._-]{0,99}");

  public ConsumerName {
    if (!WELL_FORMED.matcher(value).matches()) {
      throw new InvalidField(
          "consumer",
          "must match [a-z0-9][a-z0-9._-]{0,99}: lower-case letters, digits, '.', '_' and '-'");
    }
  }

  @Override
  public int compareTo(ConsumerName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
