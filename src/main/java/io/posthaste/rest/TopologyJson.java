package io.posthaste.rest;

import io.posthaste.queue.QueueName;
import io.posthaste.queue.Queues;
import io.posthaste.topology.Definition;
import io.posthaste.topology.Difference;
import io.posthaste.topology.QueueDefinition;
import io.posthaste.topology.Topology;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A topology document: under each kind of things, what a PUT of each would hold, by name. */
final class TopologyJson implements StrictJson.Field {
  private static final int MOST = 10_000;

  private final Queues queues;
  private final List<Definition> definitions = new ArrayList<>();

  TopologyJson(Queues queues) {
    this.queues = queues;
  }

  @Override
  public boolean read(String name, StrictJson in) throws IOException {
    switch (name) {
      case "queues" -> in.objectsByName(name, MOST, this::queue);
      default -> {
        return false;
      }
    }
    return true;
  }

  private void queue(String name, String path, StrictJson in) throws IOException {
    PolicyJson policy = new PolicyJson();
    in.objectOrNull(path, policy);
    definitions.add(
        new QueueDefinition(queues, new QueueName(name), policy.provider(), policy.policy()));
  }

  Topology topology() {
    return new Topology(definitions);
  }

  static void write(JsonWriter out, List<Difference> differences, boolean dryRun) {
    out.open().field("dryRun", dryRun).name("changes").openList();
    differences.stream().filter(Difference::isOne).forEach(it -> write(out, it));
    out.closeList()
        .field("unchanged", differences.stream().filter(it -> !it.isOne()).count())
        .close();
  }

  private static void write(JsonWriter out, Difference difference) {
    out.open()
        .field("kind", difference.kind())
        .field("name", difference.name())
        .field("action", difference.action().name().toLowerCase(Locale.ROOT));
    if (!difference.fields().isEmpty()) {
      out.name("fields").openList();
      difference.fields().forEach(out::value);
      out.closeList();
    }
    out.close();
  }
}
