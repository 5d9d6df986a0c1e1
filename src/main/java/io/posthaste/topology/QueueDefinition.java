package io.posthaste.topology;

import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.QueueRefused;
import io.posthaste.queue.Queues;
import io.posthaste.topology.Difference.Action;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.List;

/** A queue with exactly this policy. */
public record QueueDefinition(Queues queues, QueueName name, String provider, QueuePolicy policy)
    implements Definition {

  @Override
  public Reference reference() {
    return reference(name);
  }

  static Reference reference(QueueName name) {
    return new Reference(Kind.QUEUE, name.value());
  }

  @Override
  public Uni<Difference> compare(Topology document) {
    return queues
        .plan(name, provider, policy)
        .map(
            plan ->
                switch (plan) {
                  case Queues.Plan.Create() -> Difference.of(this, Action.CREATE);
                  case Queues.Plan.Change(var queue) ->
                      Difference.inFields(this, differences(queue.policy()));
                  case Queues.Plan.Refuse(var why) -> throw new QueueRefused(name, why);
                });
  }

  private List<String> differences(QueuePolicy there) {
    List<String> fields = new ArrayList<>();
    if (!there.lease().equals(policy.lease())) {
      fields.add("lease");
    }
    if (there.maxAttempts() != policy.maxAttempts()) {
      fields.add("maxAttempts");
    }
    if (!there.retry().equals(policy.retry())) {
      fields.add("retry");
    }
    if (!there.retention().equals(policy.retention())) {
      fields.add("retention");
    }
    if (there.onExpiry() != policy.onExpiry()) {
      fields.add("onExpiry");
    }
    if (there.ordering() != policy.ordering()) {
      fields.add("ordering");
    }
    if (!there.deduplicationWindow().equals(policy.deduplicationWindow())) {
      fields.add("deduplicationWindow");
    }
    if (there.maxMessageSize() != policy.maxMessageSize()) {
      fields.add("maxMessageSize");
    }
    return fields;
  }

  @Override
  public Uni<Void> apply() {
    return queues.define(name, provider, policy).invoke(this::requireDefined).replaceWithVoid();
  }

  private void requireDefined(Queues.Defined defined) {
    switch (defined) {
      case Queues.Defined.Created _, Queues.Defined.Changed _ -> {}
      case Queues.Defined.Refusal why -> throw new QueueRefused(name, why);
    }
  }
}
