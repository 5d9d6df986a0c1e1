package io.posthaste.queue;

import io.posthaste.message.InvalidField;

/** The name of a queue: {@code [a-z0-9][a-z0-9._-]{0,99}}, none of the reserved prefixes. */
public record QueueName(String value) implements Comparable<QueueName> {
  private static final int MAX_LENGTH = 100;

  public QueueName {
    if (!wellFormed(value)) {
      throw new InvalidField(
          "queue",
          "must match [a-z0-9][a-z0-9._-]{0,99}: lower-case letters, digits, '.', '_' and '-'");
    }
    if (value.startsWith("posthaste.") || value.startsWith("amq.")) {
      throw new InvalidField("queue", "must not start with 'posthaste.' or 'amq.', both reserved");
    }
  }

  // Not a regular expression: this runs for every request
  private static boolean wellFormed(String value) {
    if (value.isEmpty() || value.length() > MAX_LENGTH || !alphanumeric(value.charAt(0))) {
      return false;
    }
    for (int i = 1; i < value.length(); i++) {
      char c = value.charAt(i);
      if (!alphanumeric(c) && c != '.' && c != '_' && c != '-') {
        return false;
      }
    }
    return true;
  }

  private static boolean alphanumeric(char c) {
    return c >= 'a' && c <= 'z' || c >= '0' && c <= '9';
  }

  @Override
  public int compareTo(QueueName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
