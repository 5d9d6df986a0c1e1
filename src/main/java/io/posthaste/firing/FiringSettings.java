package io.posthaste.firing;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How long what has happened to schedules is kept. */
@ConfigMapping(prefix = "posthaste.schedules")
interface FiringSettings {
  /** How long entries of a schedule's history are kept; of each schedule the latest 1,000. */
  @WithDefault("P30D")
  Duration historyRetention();
}
