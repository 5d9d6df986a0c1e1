package io.posthaste.rest;

import io.posthaste.consumer.ConsumerName;
import io.posthaste.queue.QueueName;
import io.posthaste.schedule.ScheduleName;
import io.posthaste.topology.BindingDefinition;
import io.posthaste.topology.CalendarDefinition;
import io.posthaste.topology.ConsumerDefinition;
import io.posthaste.topology.Definition;
import io.posthaste.topology.Difference;
import io.posthaste.topology.Difference.Action;
import io.posthaste.topology.ExchangeDefinition;
import io.posthaste.topology.QueueDefinition;
import io.posthaste.topology.ScheduleDefinition;
import io.posthaste.topology.Topology;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** A topology document: under each kind of things, what a PUT of each would hold, by name. */
final class TopologyJson implements StrictJson.Field {
  private static final int MOST = 10_000;

  private final TopologyReader home;
  private final List<Definition> definitions = new ArrayList<>();

  TopologyJson(TopologyReader home) {
    this.home = home;
  }

  @Override
  public boolean read(String name, StrictJson in) throws IOException {
    switch (name) {
      case "calendars" -> in.objectsByName(name, MOST, this::calendar);
      case "queues" -> in.objectsByName(name, MOST, this::queue);
      case "exchanges" -> in.objectsByName(name, MOST, this::exchange);
      case "bindings" -> in.listedObjects(name, MOST, this::binding);
      case "schedules" -> in.objectsByName(name, MOST, this::schedule);
      default -> {
        return false;
      }
    }
    return true;
  }

  private void calendar(String name, String path, StrictJson in) throws IOException {
    String calendar = StrictJson.named(path, () -> CalendarResource.required(name));
    CalendarJson fields = new CalendarJson();
    in.objectOrNull(path, fields);
    definitions.add(new CalendarDefinition(home.calendars(), fields.calendar(calendar)));
  }

  private void queue(String name, String path, StrictJson in) throws IOException {
    QueueName queue = StrictJson.named(path, () -> new QueueName(name));
    PolicyJson policy = new PolicyJson();
    in.objectOrNull(
        path,
        (field, value) -> {
          if (!field.equals("consumers")) {
            return policy.read(field, value);
          }
          value.objectsByName(
              field, MOST, (consumer, at, fields) -> consumer(queue, consumer, at, fields));
          return true;
        });
    definitions.add(new QueueDefinition(home.queues(), queue, policy.provider(), policy.policy()));
  }

  private void consumer(QueueName queue, String name, String path, StrictJson in)
      throws IOException {
    ConsumerName consumer = StrictJson.named(path, () -> new ConsumerName(name));
    ConsumerJson fields = new ConsumerJson();
    in.objectOrNull(path, fields);
    definitions.add(new ConsumerDefinition(home.consumers(), queue, consumer, fields.kind()));
  }

  private void exchange(String name, String path, StrictJson in) throws IOException {
    String exchange = StrictJson.named(path, () -> BrokerJson.unreserved("name", name));
    BrokerJson.ExchangeBody fields = new BrokerJson.ExchangeBody();
    in.objectOrNull(path, (field, value) -> !field.equals("name") && fields.read(field, value));
    definitions.add(new ExchangeDefinition(home.broker(), fields.definition(exchange)));
  }

  private void binding(int index, String path, StrictJson in) throws IOException {
    BrokerJson.BindingBody fields = new BrokerJson.BindingBody();
    in.object(path, fields);
    definitions.add(new BindingDefinition(home.broker(), fields.binding(), index));
  }

  private void schedule(String name, String path, StrictJson in) throws IOException {
    ScheduleName schedule = StrictJson.named(path, () -> new ScheduleName(name));
    ScheduleBody fields = new ScheduleBody();
    in.objectOrNull(path, fields);
    definitions.add(new ScheduleDefinition(home.scheduler(), schedule, fields.definition()));
  }

  /** Whether it defines anything at the broker beside queues. */
  boolean managesBroker() {
    return definitions.stream()
        .anyMatch(it -> it instanceof ExchangeDefinition || it instanceof BindingDefinition);
  }

  Topology topology() {
    return new Topology(definitions);
  }

  static void write(JsonWriter out, List<Difference> differences, boolean dryRun) {
    out.open().field("dryRun", dryRun);
    list(out, "changes", differences, Set.of(Action.CREATE, Action.CHANGE));
    if (differences.stream().anyMatch(it -> it.action() == Action.DECLARE)) {
      list(out, "declared", differences, Set.of(Action.DECLARE));
    }
    out.field("unchanged", differences.stream().filter(it -> it.action() == Action.NONE).count())
        .close();
  }

  private static void list(
      JsonWriter out, String name, List<Difference> differences, Set<Action> actions) {
    out.name(name).openList();
    differences.stream().filter(it -> actions.contains(it.action())).forEach(it -> write(out, it));
    out.closeList();
  }

  private static void write(JsonWriter out, Difference difference) {
    out.open()
        .field("kind", difference.thing().kind().word())
        .field("name", difference.thing().name())
        .field("action", difference.action().name().toLowerCase(Locale.ROOT));
    if (!difference.fields().isEmpty()) {
      out.name("fields").openList();
      difference.fields().forEach(out::value);
      out.closeList();
    }
    out.close();
  }
}
