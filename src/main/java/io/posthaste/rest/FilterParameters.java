package io.posthaste.rest;

import io.posthaste.deadletter.DeadLetterFilter;
import io.posthaste.message.InvalidField;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.QueueName;
import jakarta.ws.rs.QueryParam;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Which dead letters are meant, as query parameters. */
public class FilterParameters {
  @QueryParam("queue")
  @Nullable String queue;

  @QueryParam("class")
  @Nullable String deadLetterClass;

  @QueryParam("reason")
  @Nullable String reason;

  @QueryParam("type")
  @Nullable String type;

  @QueryParam("attempts")
  @Nullable String attempts;

  @QueryParam("from")
  @Nullable String from;

  @QueryParam("to")
  @Nullable String to;

  DeadLetterFilter filter() {
    return new DeadLetterFilter(
        Optional.ofNullable(queue).map(text -> new QueueName(text).value()),
        Optional.ofNullable(deadLetterClass).map(code -> classOf("class", code)),
        Optional.ofNullable(reason).map(text -> Parameters.text("reason", text)),
        Optional.ofNullable(type).map(text -> Parameters.text("type", text)),
        Optional.ofNullable(attempts)
            .map(text -> Parameters.wholeNumber("attempts", text, 0, 1000)),
        Optional.ofNullable(from).map(text -> Parameters.instant("from", text)),
        Optional.ofNullable(to).map(text -> Parameters.instant("to", text)),
        List.of());
  }

  static DeadLetterClass classOf(String field, String code) {
    return DeadLetterClass.ofCode(code)
        .orElseThrow(
            () ->
                new InvalidField(
                    field,
                    "must be retries-exhausted, lease-expired, rejected-permanently, expired or"
                        + " poison"));
  }
}
