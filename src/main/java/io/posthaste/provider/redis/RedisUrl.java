package io.posthaste.provider.redis;

import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where Redis is, read from {@code POSTHASTE_REDIS_URL}:
 *
 * <pre>
 *   redis://user:password@host:6379/0                           one server; rediss:// with TLS
 *   redis://user:password@host1,host2,host3/0?sentinel=master   what these sentinels call "master"
 *   redis://user:password@host1,host2,host3?cluster=true        the cluster that these belong to
 * </pre>
 *
 * User and password are percent-encoded.
 */
public final class RedisUrl {
  private static final String FORMS =
      "use redis://user:password@host:6379/0 for one server, several hosts with ?sentinel=<master> "
          + "or ?cluster=true, and rediss:// for TLS";

  private enum Kind {
    SERVER,
    SENTINEL,
    CLUSTER
  }

  private final List<String> endpoints;
  private final Kind kind;
  private final @Nullable String master;
  private final String shown;

  private RedisUrl(List<String> endpoints, Kind kind, @Nullable String master, String shown) {
    this.endpoints = endpoints;
    this.kind = kind;
    this.master = master;
    this.shown = shown;
  }

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException with a sentence that says what to change, and no secret
   */
  public static RedisUrl parse(String text) {
    int scheme = text.indexOf("://");
    if (scheme < 0 || !text.startsWith("redis://") && !text.startsWith("rediss://")) {
      throw new IllegalArgumentException(
          "it must begin with redis:// or rediss://: " + FORMS + ".");
    }
    String rest = text.substring(scheme + 3);
    int query = rest.indexOf('?');
    String options = query < 0 ? "" : rest.substring(query + 1);
    String address = query < 0 ? rest : rest.substring(0, query);
    int slash = address.indexOf('/');
    String database = slash < 0 ? "" : address.substring(slash + 1);
    String authority = slash < 0 ? address : address.substring(0, slash);
    int at = authority.lastIndexOf('@');
    String user = at < 0 ? "" : authority.substring(0, at + 1);
    if (!user.isEmpty() && !user.contains(":")) {
      throw new IllegalArgumentException(
          "a password stands behind ':', as in redis://:password@host.");
    }
    List<String> hosts = List.of(authority.substring(at + 1).split(",", -1));
    Kind kind = kind(options, hosts.size());
    requireDatabase(database, kind);
    int port = kind == Kind.SENTINEL ? 26379 : 6379;
    List<String> endpoints = new ArrayList<>();
    for (String host : hosts) {
      String path = database.isEmpty() ? "" : "/" + database;
      endpoints.add(endpoint(text.substring(0, scheme + 3) + user, host, port) + path);
    }
    return new RedisUrl(
        endpoints,
        kind,
        kind == Kind.SENTINEL ? options.substring("sentinel=".length()) : null,
        String.join(",", hosts));
  }

  private static Kind kind(String options, int hosts) {
    if (options.startsWith("sentinel=") && options.matches("sentinel=[\\w.-]+")) {
      return Kind.SENTINEL;
    }
    if (options.equals("cluster=true")) {
      return Kind.CLUSTER;
    }
    if (!options.isEmpty()) {
      throw new IllegalArgumentException(
          "what stands behind '?' must be sentinel=<master> or cluster=true.");
    }
    if (hosts > 1) {
      throw new IllegalArgumentException(
          "several hosts need ?sentinel=<master> or ?cluster=true behind them.");
    }
    return Kind.SERVER;
  }

  private static void requireDatabase(String database, Kind kind) {
    if (!database.matches("\\d{0,5}")) {
      throw new IllegalArgumentException("the database behind '/' must be a number, such as /0.");
    }
    if (kind == Kind.CLUSTER && !database.isEmpty() && !database.equals("0")) {
      throw new IllegalArgumentException("a cluster has the database 0 only: leave it away.");
    }
  }

  private static String endpoint(String before, String host, int defaultPort) {
    try {
      URI uri = new URI(before + host);
      if (uri.getHost() == null || uri.getPort() == 0 || uri.getPort() > 65535) {
        throw new IllegalArgumentException("host and port cannot be read: " + FORMS + ".");
      }
      return uri.getPort() < 0 ? before + host + ":" + defaultPort : before + host;
    } catch (URISyntaxException _) {
      // Its message would show the password
      throw new IllegalArgumentException(
          "it is no address; percent-encode what is special in user and password: " + FORMS + ".");
    }
  }

  RedisOptions options() {
    RedisOptions options = new RedisOptions();
    endpoints.forEach(options::addConnectionString);
    if (master != null) {
      options.setMasterName(master);
    }
    return options.setType(
        switch (kind) {
          case SERVER -> RedisClientType.STANDALONE;
          case SENTINEL -> RedisClientType.SENTINEL;
          case CLUSTER -> RedisClientType.CLUSTER;
        });
  }

  /** The hosts, without user and password. */
  @Override
  public String toString() {
    return shown;
  }
}
