package io.posthaste.database;

import io.smallrye.config.ConfigSourceContext;
import io.smallrye.config.ConfigSourceFactory;
import io.smallrye.config.ConfigValue;
import io.smallrye.config.PropertiesConfigSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.config.spi.ConfigSource;

/**
 * Derives the settings of both datasources from {@code posthaste.database-url}, so that one address
 * is all there is to set. What the environment says about {@code quarkus.datasource} itself comes
 * first.
 */
public final class DatasourceSettings implements ConfigSourceFactory {

  // Above application.properties (250), below the environment (300)
  private static final int ORDINAL = 275;

  @Override
  public Iterable<ConfigSource> getConfigSources(ConfigSourceContext context) {
    ConfigValue url = context.getValue("posthaste.database-url");
    if (url == null || url.getValue() == null || url.getValue().isBlank()) {
      return List.of();
    }
    try {
      Map<String, String> properties = properties(DatabaseUrl.parse(url.getValue()));
      return List.of(new PropertiesConfigSource(properties, "posthaste.database-url", ORDINAL));
    } catch (IllegalArgumentException _) {
      // The start refuses it with a sentence; thrown from here it would end as a stack trace
      return List.of();
    }
  }

  static Map<String, String> properties(DatabaseUrl url) {
    Map<String, String> properties = new HashMap<>();
    properties.put("quarkus.datasource.username", url.user());
    properties.put("quarkus.datasource.password", url.password());
    properties.put("quarkus.datasource.jdbc.url", url.jdbcUrl());
    properties.put("quarkus.datasource.reactive.url", url.reactiveUrl());
    if (url.trustsAnyCertificate()) {
      properties.put("quarkus.datasource.reactive.trust-all", "true");
    }
    if (url.verifiesHost()) {
      properties.put("quarkus.datasource.reactive.hostname-verification-algorithm", "HTTPS");
    }
    return properties;
  }
}
