package io.posthaste.database;

import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.config.spi.ConfigSource;
import org.jspecify.annotations.Nullable;

/**
 * Sets how many event loops there are: as many as Quarkus would take, and eight at most. Each keeps
 * two connections to the database, and eight are more than one database can keep busy.
 */
public final class EventLoops implements ConfigSource {
  private static final String NAME = "quarkus.vertx.event-loops-pool-size";
  private static final int MOST = 8;

  // Above Quarkus' own default, below everything that an operator may set
  private static final int ORDINAL = 200;

  private final Map<String, String> properties =
      Map.of(NAME, String.valueOf(Math.min(MOST, 2 * Runtime.getRuntime().availableProcessors())));

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
