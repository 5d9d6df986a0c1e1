package io.posthaste.provider.redis;

import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where Redis is, read from {@code POSTHASTE_REDIS_URL}:
 *
 * <pre>
 *   redis://user:password@host:6379/0                           one server; rediss:// with TLS
 *   redis://user:password@host1,host2,host3/0?sentinel=master   what these sentinels call "master"
 *   redis://user:password@host1,host2,host3?cluster=true        the cluster that these belong to
 *   rediss://user:password@host/0?cacertfile=/path/ca.pem       who may vouch for the server
 * </pre>
 *
 * User and password are percent-encoded. With TLS the server's certificate is checked, its host
 * name too; without {@code cacertfile} by whom Java trusts.
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
  private final boolean tls;
  private final Optional<Path> certificates;
  private final String shown;

  private RedisUrl(List<String> endpoints, Kind kind, Query query, boolean tls, String shown) {
    this.endpoints = endpoints;
    this.kind = kind;
    this.master = query.master();
    this.tls = tls;
    this.certificates = query.certificates();
    this.shown = shown;
  }

  /** What stands behind the question mark. */
  private record Query(boolean cluster, @Nullable String master, Optional<Path> certificates) {

    static Query parse(String text) {
      boolean cluster = false;
      String master = null;
      Optional<Path> certificates = Optional.empty();
      for (String option : text.isEmpty() ? new String[0] : text.split("&", -1)) {
        if (option.equals("cluster=true")) {
          cluster = true;
        } else if (option.matches("sentinel=[\\w.-]+")) {
          master = option.substring("sentinel=".length());
        } else if (option.matches("cacertfile=[^%]+")) {
          certificates = Optional.of(Path.of(option.substring("cacertfile=".length())));
        } else {
          throw new IllegalArgumentException(
              "what stands behind '?' must be sentinel=<master>, cluster=true or cacertfile=/path/ca.pem, with & between them.");
        }
      }
      return new Query(cluster, master, certificates);
    }

    Kind kind(int hosts) {
      if (cluster && master != null) {
        throw new IllegalArgumentException(
            "sentinel=<master> and cluster=true cannot stand side by side.");
      }
      if (!cluster && master == null && hosts > 1) {
        throw new IllegalArgumentException(
            "several hosts need ?sentinel=<master> or ?cluster=true behind them.");
      }
      return cluster ? Kind.CLUSTER : master != null ? Kind.SENTINEL : Kind.SERVER;
    }
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
    Query options = Query.parse(query < 0 ? "" : rest.substring(query + 1));
    boolean tls = text.startsWith("rediss://");
    if (options.certificates().isPresent() && !tls) {
      throw new IllegalArgumentException("cacertfile has a meaning with rediss:// only.");
    }
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
    Kind kind = options.kind(hosts.size());
    requireDatabase(database, kind);
    int port = kind == Kind.SENTINEL ? 26379 : 6379;
    List<String> endpoints = new ArrayList<>();
    for (String host : hosts) {
      String path = database.isEmpty() ? "" : "/" + database;
      endpoints.add(endpoint(text.substring(0, scheme + 3) + user, host, port) + path);
    }
    return new RedisUrl(endpoints, kind, options, tls, String.join(",", hosts));
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

  /**
   * Looks whether the file of certificates can be used.
   *
   * @throws IllegalArgumentException in one sentence if it cannot
   */
  public void requireCertificates() {
    certificates.ifPresent(
        file -> {
          try (InputStream in = Files.newInputStream(file)) {
            if (CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
              throw unreadable(file);
            }
          } catch (IOException | CertificateException _) {
            throw unreadable(file);
          }
        });
  }

  private static IllegalArgumentException unreadable(Path file) {
    return new IllegalArgumentException(
        "the certificates in %s cannot be read: name a file of PEM certificates, or leave out cacertfile."
            .formatted(file));
  }

  /** Whom to trust, where that matters. */
  void secure(NetClientOptions net) {
    if (tls) {
      // Vert.x itself takes any host's certificate for the one that was meant
      net.setHostnameVerificationAlgorithm("HTTPS");
      certificates.ifPresent(
          file -> net.setTrustOptions(new PemTrustOptions().addCertPath(file.toString())));
    }
  }

  /** The hosts, without user and password. */
  @Override
  public String toString() {
    return shown;
  }
}
