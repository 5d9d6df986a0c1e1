package io.posthaste.provider.rabbitmq;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.Optional;

/** Where the broker is, and what it allows. */
@ConfigMapping(prefix = "posthaste.rabbitmq")
interface RabbitSettings {
  /** Absent: the provider is turned off. */
  Optional<String> url();

  /** The broker's {@code consumer_timeout}: no delivery may be unacked for longer. */
  @WithDefault("PT30M")
  Duration consumerTimeout();
}
