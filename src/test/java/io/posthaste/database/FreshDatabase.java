package io.posthaste.database;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlConnection;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import java.util.UUID;
import org.flywaydb.core.Flyway;

/** A database of its own for a test, migrated and empty, on the server that all tests share. */
public final class FreshDatabase {
  private static final String SETTINGS = "quarkus.datasource.reactive.additional-properties.";

  private FreshDatabase() {}

  /** Its address. */
  public static String create() {
    String server = PostgresForTests.url();
    String name = "t" + UUID.randomUUID().toString().replace("-", "");
    SqlSession.at(server).run("CREATE DATABASE " + name);
    String url = server.replaceFirst("/postgres$", "/" + name);
    DatabaseUrl database = DatabaseUrl.parse(url);
    Flyway.configure()
        .dataSource(database.jdbcUrl(), database.user(), database.password())
        .load()
        .migrate();
    return url;
  }

  /** Connections as the service makes them. */
  public static Pool pool(Vertx vertx, String url) {
    return PgBuilder.pool()
        .using(vertx)
        .connectingTo(options(url))
        .with(new PoolOptions().setMaxSize(20))
        .build();
  }

  /** A connection that belongs to no pool, on the calling event loop. */
  public static Future<SqlConnection> connection(Vertx vertx, String url) {
    return PgConnection.connect(vertx, options(url)).map(SqlConnection.class::cast);
  }

  private static PgConnectOptions options(String url) {
    PgConnectOptions options = PgConnectOptions.fromUri(url).setCachePreparedStatements(true);
    Properties settings = applicationProperties();
    for (String name : settings.stringPropertyNames()) {
      if (name.startsWith(SETTINGS)) {
        options.addProperty(name.substring(SETTINGS.length()), settings.getProperty(name));
      }
    }
    return options;
  }

  private static Properties applicationProperties() {
    Properties properties = new Properties();
    try (InputStream in = FreshDatabase.class.getResourceAsStream("/application.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties;
  }
}
