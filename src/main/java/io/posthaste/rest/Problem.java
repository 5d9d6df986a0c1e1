package io.posthaste.rest;

import io.posthaste.consumer.ConsumerName;
import io.posthaste.message.InvalidField;
import io.posthaste.message.MessageId;
import io.posthaste.problem.ProblemType;
import io.posthaste.queue.QueueName;
import io.posthaste.schedule.ScheduleName;
import java.util.LinkedHashMap;
import java.util.Map;

/** A failure on its way to the caller. The detail says what to change. */
public final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ProblemType type;
  private final transient Map<String, String> members = new LinkedHashMap<>();

  public Problem(ProblemType type, String detail) {
    super(detail, null, false, false);
    this.type = type;
  }

  static Problem of(InvalidField invalid) {
    return new Problem(
            ProblemType.INVALID_REQUEST, "'" + invalid.field() + "' " + invalid.getMessage() + ".")
        .field(invalid.field());
  }

  static Problem queueNotFound(QueueName queue) {
    return new Problem(
            ProblemType.QUEUE_NOT_FOUND,
            "There is no queue '" + queue + "'. Create it with PUT /v1/queues/" + queue + ".")
        .queue(queue);
  }

  Problem field(String name) {
    members.put("field", name);
    return this;
  }

  Problem queue(QueueName queue) {
    members.put("queue", queue.value());
    return this;
  }

  Problem schedule(ScheduleName schedule) {
    members.put("schedule", schedule.value());
    return this;
  }

  Problem consumer(ConsumerName consumer) {
    members.put("consumer", consumer.value());
    return this;
  }

  Problem messageId(MessageId id) {
    members.put("messageId", id.toString());
    return this;
  }

  ProblemType type() {
    return type;
  }

  String detail() {
    String detail = getMessage();
    return detail == null ? type.title() : detail;
  }

  Map<String, String> members() {
    return members;
  }

  /** As it stands in an answer, or in a batch's result. */
  void write(JsonWriter out) {
    out.open()
        .field("type", type.uri())
        .field("title", type.title())
        .field("status", type.status())
        .field("detail", detail());
    members.forEach(out::field);
    out.close();
  }
}
