package io.posthaste.scheduling;

import io.posthaste.schedule.ScheduleName;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * What an occurrence puts into its message.
 *
 * @param count 1 for the first occurrence
 */
public record Placeholders(
    ScheduleName name, long count, Instant planned, Instant fired, ZoneId zone) {

  /** The value of a placeholder; absent if there is none of that name. */
  @Nullable String value(String placeholder) {
    return switch (placeholder) {
      case "name" -> name.value();
      case "count" -> Long.toString(count);
      case "planned" -> planned.toString();
      case "local" -> DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(planned.atZone(zone));
      case "date" -> planned.atZone(zone).toLocalDate().toString();
      case "fired" -> fired.toString();
      default -> null;
    };
  }
}
