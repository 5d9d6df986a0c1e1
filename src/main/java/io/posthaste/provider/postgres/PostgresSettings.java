package io.posthaste.provider.postgres;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.time.Duration;

/** How the provider is set up. */
@ConfigMapping(prefix = "posthaste")
interface PostgresSettings {
  /**
   * Whether other replicas may use the same database. False only with the embedded one, which
   * belongs to one service.
   */
  @WithName("database-shared")
  @WithDefault("true")
  boolean shared();

  /** How long dead letters are kept. */
  @WithName("dead-letter-retention")
  @WithDefault("P90D")
  Duration deadLetterRetention();
}
