package io.posthaste.topology;

import io.posthaste.consumer.ConsumerName;
import io.posthaste.consumer.Consumers;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueueNotFound;
import io.posthaste.topology.Difference.Action;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A consumer of a queue of the same document. */
public record ConsumerDefinition(
    Consumers consumers, QueueName queue, ConsumerName name, io.posthaste.consumer.Kind hands)
    implements Definition {

  @Override
  public Reference reference() {
    return new Reference(Kind.CONSUMER, queue + "/" + name);
  }

  @Override
  public String path() {
    return QueueDefinition.reference(queue).kind().section()
        + "."
        + queue
        + "."
        + Kind.CONSUMER.section()
        + "."
        + name;
  }

  @Override
  public Set<Reference> needs() {
    return Set.of(QueueDefinition.reference(queue));
  }

  @Override
  public Uni<Difference> compare(Topology document) {
    consumers.requireEnabled(hands);
    return consumers
        .find(queue, name)
        // Where the queue is yet to be made
        .onFailure(QueueNotFound.class)
        .recoverWithItem(Optional.empty())
        .map(
            found ->
                found
                    .map(there -> Difference.inFields(this, differences(there.kind())))
                    .orElseGet(() -> Difference.of(this, Action.CREATE)));
  }

  private List<String> differences(io.posthaste.consumer.Kind there) {
    List<String> fields = new ArrayList<>();
    if (!there.code().equals(hands.code())) {
      fields.add("kind");
    }
    Map<String, String> before = there.settings();
    hands
        .settings()
        .forEach(
            (field, value) -> {
              if (!value.equals(before.get(field))) {
                fields.add(field);
              }
            });
    return fields;
  }

  @Override
  public Uni<Void> apply() {
    return consumers.define(queue, name, hands).replaceWithVoid();
  }
}
