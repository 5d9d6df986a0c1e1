package io.posthaste.queue;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The brokers that this service knows, and those of them that it can use, by name. */
@ApplicationScoped
public class Providers {
  private final List<ProviderSetup> known;
  private final List<QueueProvider> all;

  @Inject
  public Providers(@Any Instance<ProviderSetup> known) {
    this(known.stream().toList());
  }

  Providers(List<ProviderSetup> known) {
    this.known = known.stream().sorted(Comparator.comparing(ProviderSetup::name)).toList();
    this.all = this.known.stream().flatMap(setup -> setup.provider().stream()).toList();
  }

  /** All, turned on or off, by name. */
  public List<ProviderSetup> known() {
    return known;
  }

  /** Those that are turned on. */
  public List<QueueProvider> all() {
    return all;
  }

  /**
   * The provider of that name, empty when there is no such thing.
   *
   * @throws ProviderDisabled if it is turned off
   */
  public Optional<QueueProvider> find(String name) {
    return known.stream()
        .filter(setup -> setup.name().equals(name))
        .findFirst()
        .map(
            setup ->
                switch (setup) {
                  case ProviderSetup.Essential(var on) -> on;
                  case ProviderSetup.Enabled(var on) -> on;
                  case ProviderSetup.Disabled(var _, var _, var setting) ->
                      throw new ProviderDisabled(name, setting);
                });
  }

  /**
   * The provider of a queue that is defined, which is known by construction.
   *
   * @throws ProviderDisabled if it is turned off
   */
  public QueueProvider of(Queue queue) {
    return find(queue.provider())
        .orElseThrow(() -> new ProviderUnavailable(queue.provider(), null));
  }
}
