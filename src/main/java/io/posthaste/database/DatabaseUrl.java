package io.posthaste.database;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL address as operators write it, {@code
 * postgresql://user:password@host:5432/db?sslmode=require}.
 *
 * <p>User, password and database are percent-encoded where they hold reserved characters. The
 * password appears in neither {@link #toString()} nor in any exception. Certificates are not named
 * here: they are Quarkus' own settings.
 */
public final class DatabaseUrl {

  private static final String FORM = "postgresql://user:password@host:5432/db";

  // Not java.net.URI: it has no host for names with an underscore, which container networks are
  // full of
  private static final Pattern SYNTAX =
      Pattern.compile(
          "postgres(?:ql)?://(?<user>[^:@/?#]+)(?::(?<password>[^@/?#]*))?@"
              + "(?<host>\\[[0-9a-fA-F:.]+]|[^:@/?#\\[\\]\\s]+)(?::(?<port>\\d{1,5}))?/(?<db>[^/?#]+)(?:\\?(?<query>[^#]*))?");

  private static final Pattern SSL_MODE =
      Pattern.compile("sslmode=(disable|allow|prefer|require|verify-ca|verify-full)");

  private final String user;
  private final String password;
  private final String address;
  private final @Nullable String sslMode;

  private DatabaseUrl(String user, String password, String address, @Nullable String sslMode) {
    this.user = user;
    this.password = password;
    this.address = address;
    this.sslMode = sslMode;
  }

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException in one sentence that says what to change, and does not hold
   *     the password
   */
  public static DatabaseUrl parse(String url) {
    Matcher parts = SYNTAX.matcher(url.strip());
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "The database URL must look like "
              + FORM
              + ", with reserved characters percent-encoded.");
    }
    String port = Objects.requireNonNullElse(parts.group("port"), "5432");
    if (Integer.parseInt(port) < 1 || Integer.parseInt(port) > 65535) {
      throw new IllegalArgumentException(
          "The port in the database URL must be a number from 1 to 65535.");
    }
    return new DatabaseUrl(
        decoded(part(parts, "user")),
        decoded(Objects.requireNonNullElse(parts.group("password"), "")),
        part(parts, "host") + ":" + port + "/" + encoded(decoded(part(parts, "db"))),
        sslMode(parts.group("query")));
  }

  private static String part(Matcher parts, String name) {
    return Objects.requireNonNull(parts.group(name));
  }

  private static @Nullable String sslMode(@Nullable String query) {
    if (query == null || query.isEmpty()) {
      return null;
    }
    Matcher mode = SSL_MODE.matcher(query);
    if (!mode.matches()) {
      // Does not repeat what it found: a password with a bare question mark would end up here
      throw new IllegalArgumentException(
          "After the database's name, the database URL takes nothing but"
              + " ?sslmode=disable, allow, prefer, require, verify-ca or verify-full.");
    }
    return mode.group(1);
  }

  private static String decoded(String text) {
    try {
      // A plus sign is itself in this part of a URL, but a blank to URLDecoder
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      // Without the cause, which quotes the text
      throw new IllegalArgumentException(
          "The database URL holds a percent sign that does not start a code such as %40: write it as %25.");
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** The address for JDBC, without user and password. */
  public String jdbcUrl() {
    return "jdbc:postgresql://" + address + query();
  }

  /** The address for the reactive client, without user and password. */
  public String reactiveUrl() {
    return "postgresql://" + address + query();
  }

  private String query() {
    return sslMode == null ? "" : "?sslmode=" + sslMode;
  }

  public String user() {
    return user;
  }

  public String password() {
    return password;
  }

  /**
   * Whether the connection is to be encrypted without looking at the server's certificate, as libpq
   * does.
   */
  boolean trustsAnyCertificate() {
    return sslMode != null && !sslMode.equals("disable") && !sslMode.startsWith("verify-");
  }

  /** Whether the certificate must be the named host's. */
  boolean verifiesHost() {
    return "verify-full".equals(sslMode);
  }

  @Override
  public String toString() {
    return "postgresql://" + encoded(user) + "@" + address + query();
  }
}
