package io.posthaste.database;

import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.jspecify.annotations.Nullable;

/**
 * Sets how many event loops there are: one a CPU, since none of them ever blocks, where Quarkus
 * would take two. With fewer, each finds more to do in a turn (docs/decisions/0011). Two at least,
 * so that a long turn does not keep the probes waiting. Eight at most: each keeps two connections
 * to the database, and eight are more than one database can keep busy.
 */
public final class EventLoops implements ConfigSource {
  private static final String NAME = "quarkus.vertx.event-loops-pool-size";
  private static final int LEAST = 2;
  private static final int MOST = 8;

  // Above Quarkus' own default, below everything that an operator may set
  private static final int ORDINAL = 200;

  private final Map<String, String> properties =
      Map.of(
          NAME,
          String.valueOf(Math.clamp(Runtime.getRuntime().availableProcessors(), LEAST, MOST)));

  @Override
  public Set<String> getPropertyNames() {
    return properties.keySet();
  }

  @Override
  public @Nullable String getValue(String name) {
    return properties.get(name);
  }

  @Override
  public String getName() {
    return "event loops";
  }

  @Override
  public int getOrdinal() {
    return ORDINAL;
  }
}
