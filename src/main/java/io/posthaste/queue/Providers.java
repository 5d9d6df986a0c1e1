package io.posthaste.queue;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Optional;

/** The brokers that this service can use, by name. */
@ApplicationScoped
public class Providers {
  private final List<QueueProvider> all;

  @Inject
  public Providers(@Any Instance<QueueProvider> providers) {
    this(providers.stream().toList());
  }

  Providers(List<QueueProvider> all) {
    this.all = all;
  }

  public List<QueueProvider> all() {
    return all;
  }

  public Optional<QueueProvider> find(String name) {
    return all.stream().filter(provider -> provider.name().equals(name)).findFirst();
  }

  /** The provider of a queue that is defined, which is known by construction. */
  public QueueProvider of(Queue queue) {
    return find(queue.provider())
        .orElseThrow(() -> new ProviderUnavailable(queue.provider(), null));
  }
}
