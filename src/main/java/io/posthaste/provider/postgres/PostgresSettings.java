package io.posthaste.provider.postgres;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How long what is over is kept. */
@ConfigMapping(prefix = "posthaste.dead-letters")
interface PostgresSettings {
  /** How long dead letters are kept. */
  @WithDefault("P90D")
  Duration retention();
}
