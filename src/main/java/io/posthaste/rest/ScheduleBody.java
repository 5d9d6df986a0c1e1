package io.posthaste.rest;

import io.posthaste.message.InvalidField;
import io.posthaste.queue.QueueName;
import io.posthaste.schedule.MissedPolicy;
import io.posthaste.schedule.Overlap;
import io.posthaste.scheduling.Definition;
import io.posthaste.scheduling.MessageTemplate;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A schedule as it stands in a request: the timing fields, and what to send where. */
final class ScheduleBody implements StrictJson.Field {
  private static final String MISSED =
      "must be \"skip\", \"last\", \"all\", {\"max\":n} or {\"within\":\"PT1H\"}";

  private final ScheduleJson timing = new ScheduleJson();
  private MissedPolicy missed = MissedPolicy.DEFAULT;
  private Overlap overlap = Overlap.ALLOW;
  private @Nullable QueueName target;
  private @Nullable MessageTemplate message;

  @Override
  public boolean read(String name, StrictJson in) throws IOException {
    switch (name) {
      case "missed" -> missed = missed(name, in);
      case "overlap" -> overlap = overlap(in.string(name));
      case "target" -> in.object(name, this::readTarget);
      case "message" -> {
        Message fields = new Message();
        in.object(name, fields);
        message = fields.template();
      }
      default -> {
        return timing.read(name, in);
      }
    }
    return true;
  }

  private static MissedPolicy missed(String name, StrictJson in) throws IOException {
    if (in.isObject()) {
      MissedFields fields = new MissedFields();
      in.object(name, fields);
      return fields.policy();
    }
    if (!in.isString()) {
      throw new InvalidField(name, MISSED);
    }
    return switch (in.string(name)) {
      case "skip" -> new MissedPolicy.Skip();
      case "last" -> new MissedPolicy.Last();
      case "all" -> new MissedPolicy.All();
      default -> throw new InvalidField(name, MISSED);
    };
  }

  private static final class MissedFields implements StrictJson.Field {
    private @Nullable Integer max;
    private @Nullable Duration within;

    @Override
    public boolean read(String name, StrictJson in) throws IOException {
      switch (name) {
        case "max" -> max = in.wholeNumber("missed.max", 1, 1000);
        case "within" -> within = in.duration("missed.within");
        default -> {
          return false;
        }
      }
      return true;
    }

    MissedPolicy policy() {
      if (max != null && within == null) {
        return new MissedPolicy.UpTo(max);
      }
      if (within != null && max == null) {
        return new MissedPolicy.Within(within);
      }
      throw new InvalidField("missed", MISSED);
    }
  }

  private static Overlap overlap(String text) {
    return switch (text) {
      case "allow" -> Overlap.ALLOW;
      case "skip" -> Overlap.SKIP;
      case "queue" -> Overlap.QUEUE;
      default -> throw new InvalidField("overlap", "must be \"allow\", \"skip\" or \"queue\"");
    };
  }

  private boolean readTarget(String name, StrictJson in) throws IOException {
    if (!name.equals("queue")) {
      return false;
    }
    String queue = in.string("target.queue");
    target = StrictJson.named("target.queue", () -> new QueueName(queue));
    return true;
  }

  Definition definition() {
    if (target == null) {
      throw new InvalidField("target", "is missing; send {\"queue\":\"…\"}");
    }
    if (message == null) {
      throw new InvalidField("message", "is missing; send what a message of a queue has");
    }
    return new Definition(timing.timetable(), missed, overlap, target, message);
  }

  /** The fields of a message, but for those that make no sense here. */
  private static final class Message implements StrictJson.Field {
    private static final Set<String> TIMES = Set.of("delay", "deliverAt");
    private final MessageReader reader = new MessageReader();

    @Override
    public boolean read(String name, StrictJson in) throws IOException {
      if (TIMES.contains(name)) {
        throw new InvalidField(
            "message." + name, "is not for schedules, which say when by themselves");
      }
      try {
        return reader.read(name, in);
      } catch (InvalidField e) {
        throw inMessage(e);
      }
    }

    MessageTemplate template() {
      try {
        return new MessageTemplate(reader.content(), reader.timeToLive());
      } catch (InvalidField e) {
        throw inMessage(e);
      }
    }

    private static InvalidField inMessage(InvalidField e) {
      return e.field().startsWith("message.")
          ? e
          : new InvalidField("message." + e.field(), String.valueOf(e.getMessage()));
    }
  }

  /** A schedule as it stands in answers. */
  static void write(JsonWriter out, io.posthaste.scheduling.Schedule schedule) {
    Definition definition = schedule.definition();
    out.open().field("name", schedule.name().value());
    ScheduleJson.write(out, definition.timetable());
    write(out, definition.missed());
    out.field("overlap", definition.overlap().name().toLowerCase(java.util.Locale.ROOT))
        .name("target")
        .open()
        .field("queue", definition.target().value())
        .close()
        .name("message")
        .open();
    MessageJson.content(out, definition.message().content());
    out.field("ttl", definition.message().timeToLive())
        .close()
        .field("state", schedule.state().code())
        .field("next", schedule.plan().next().map(it -> it.due()).orElse(null))
        .field("fired", schedule.plan().fired())
        .field("problem", schedule.problem().orElse(null))
        .field("createdAt", schedule.createdAt())
        .field("changedAt", schedule.changedAt())
        .close();
  }

  private static void write(JsonWriter out, MissedPolicy missed) {
    switch (missed) {
      case MissedPolicy.Skip() -> out.field("missed", "skip");
      case MissedPolicy.Last() -> out.field("missed", "last");
      case MissedPolicy.All() -> out.field("missed", "all");
      case MissedPolicy.UpTo(int max) -> out.name("missed").open().field("max", max).close();
      case MissedPolicy.Within(var window) ->
          out.name("missed").open().field("within", window).close();
    }
  }
}
