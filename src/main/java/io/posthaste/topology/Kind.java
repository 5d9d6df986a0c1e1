package io.posthaste.topology;

import java.util.Locale;

/** What a document may define, in the order in which it is applied: each may need those before. */
public enum Kind {
  CALENDAR,
  QUEUE,
  EXCHANGE,
  BINDING,
  CONSUMER,
  SCHEDULE;

  /** Whether it lies at RabbitMQ alone, and nothing is known of it here. */
  boolean isAtBroker() {
    return this == EXCHANGE || this == BINDING;
  }

  /** As it is called in answers. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Under which name a document lists them. */
  public String section() {
    return word() + "s";
  }
}
