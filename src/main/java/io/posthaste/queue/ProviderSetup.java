package io.posthaste.queue;

import java.util.Optional;
import java.util.Set;

/**
 * A provider that this build of the service knows of, as the operator set it up. Each adapter
 * produces one bean of this type, so that a broker which is not configured is known without a
 * client for it.
 */
public sealed interface ProviderSetup {
  String name();

  Set<Capability> capabilities();

  /** The provider, when it is turned on. */
  Optional<QueueProvider> provider();

  /** Holds what all queues need: the service is not ready without it. */
  record Essential(QueueProvider on) implements ProviderSetup {
    @Override
    public String name() {
      return on.name();
    }

    @Override
    public Set<Capability> capabilities() {
      return on.capabilities();
    }

    @Override
    public Optional<QueueProvider> provider() {
      return Optional.of(on);
    }
  }

  /** Turned on; while it is down, only its own queues are. */
  record Enabled(QueueProvider on) implements ProviderSetup {
    @Override
    public String name() {
      return on.name();
    }

    @Override
    public Set<Capability> capabilities() {
      return on.capabilities();
    }

    @Override
    public Optional<QueueProvider> provider() {
      return Optional.of(on);
    }
  }

  /**
   * Turned off.
   *
   * @param capabilities what it could do
   * @param setting the environment variable that turns it on
   */
  record Disabled(String name, Set<Capability> capabilities, String setting)
      implements ProviderSetup {
    @Override
    public Optional<QueueProvider> provider() {
      return Optional.empty();
    }
  }
}
