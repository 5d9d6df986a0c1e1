package io.posthaste.amqp;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/** How much the intake takes at once. */
@ConfigMapping(prefix = "posthaste.intake")
interface IntakeSettings {
  /** Messages held unacked at once, 1 to 65,535; as many share the provider's group commit. */
  @WithDefault("256")
  int prefetch();
}
