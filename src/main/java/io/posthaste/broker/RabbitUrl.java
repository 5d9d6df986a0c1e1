package io.posthaste.broker;

import com.rabbitmq.client.Address;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A RabbitMQ address as operators write it, {@code amqp://user:password@host:5672,other/%2f}: one
 * cluster by one or more of its nodes.
 *
 * <p>User, password and virtual host are percent-encoded where they hold reserved characters. The
 * password appears in neither {@link #toString()} nor in any exception.
 *
 * @param addresses the nodes; without a port 5672, or 5671 with TLS
 * @param certificates who may vouch for the broker, in PEM; absent: whom Java trusts
 */
public record RabbitUrl(
    List<Address> addresses,
    String user,
    String password,
    String virtualHost,
    boolean tls,
    Optional<Path> certificates) {

  private static final String FORM = "amqp://user:password@host:5672/%2f";
  private static final int PORT = 5672;
  private static final int TLS_PORT = 5671;

  private static final Pattern SYNTAX =
      Pattern.compile(
          "(?<scheme>amqps?)://(?:(?<user>[^:@/?#]+)(?::(?<password>[^@/?#]*))?@)?"
              + "(?<hosts>[^@/?#\\s]+)(?:/(?<vhost>[^/?#]*))?(?:\\?(?<query>[^#]*))?");

  private static final Pattern HOST =
      Pattern.compile("(?<host>\\[[0-9a-fA-F:.]+]|[^:\\[\\]]+)(?::(?<port>\\d{1,5}))?");

  private static final Pattern CERTIFICATES = Pattern.compile("cacertfile=(?<file>[^&]+)");

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException in one sentence that says what to change, and does not hold
   *     the password
   */
  public static RabbitUrl parse(String url) {
    Matcher parts = SYNTAX.matcher(url.strip());
    if (!parts.matches()) {
      throw new IllegalArgumentException(
          "The RabbitMQ URL must look like "
              + FORM
              + ", with further hosts behind commas and reserved characters percent-encoded.");
    }
    boolean tls = "amqps".equals(parts.group("scheme"));
    String vhost = parts.group("vhost");
    return new RabbitUrl(
        addresses(Objects.requireNonNull(parts.group("hosts")), tls ? TLS_PORT : PORT),
        decoded(Objects.requireNonNullElse(parts.group("user"), "guest")),
        decoded(Objects.requireNonNullElse(parts.group("password"), "guest")),
        vhost == null || vhost.isEmpty() ? "/" : decoded(vhost),
        tls,
        certificates(parts.group("query"), tls));
  }

  private static List<Address> addresses(String hosts, int port) {
    List<Address> addresses = new ArrayList<>();
    for (String part : hosts.split(",", -1)) {
      Matcher host = HOST.matcher(part);
      if (!host.matches()) {
        throw new IllegalArgumentException(
            "The RabbitMQ URL must name its hosts like host:5672,other:5672.");
      }
      String own = host.group("port");
      addresses.add(
          new Address(
              Objects.requireNonNull(host.group("host")).replaceAll("[\\[\\]]", ""),
              own == null ? port : port(own)));
    }
    return List.copyOf(addresses);
  }

  private static int port(String text) {
    int port = Integer.parseInt(text);
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException(
          "Each port in the RabbitMQ URL must be a number from 1 to 65535.");
    }
    return port;
  }

  private static Optional<Path> certificates(@Nullable String query, boolean tls) {
    if (query == null || query.isEmpty()) {
      return Optional.empty();
    }
    Matcher file = CERTIFICATES.matcher(query);
    if (!file.matches() || !tls) {
      // Does not repeat what it found: a password with a bare question mark would end up here
      throw new IllegalArgumentException(
          "After the virtual host, the RabbitMQ URL takes nothing but ?cacertfile=/path/ca.pem, and"
              + " that with amqps:// only.");
    }
    return Optional.of(Path.of(decoded(Objects.requireNonNull(file.group("file")))));
  }

  private static String decoded(String text) {
    try {
      // A plus sign is itself in this part of a URL, but a blank to URLDecoder
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) {
      // Without the cause, which quotes the text
      throw new IllegalArgumentException(
          "The RabbitMQ URL holds a percent sign that does not start a code such as %40: write it as %25.");
    }
  }

  /**
   * Looks whether the file of certificates can be used.
   *
   * @throws IllegalArgumentException in one sentence if it cannot
   */
  public void requireCertificates() {
    trust();
  }

  /**
   * TLS that trusts who may vouch for the broker.
   *
   * @throws IllegalArgumentException in one sentence if the certificates cannot be used
   */
  public SSLContext trust() {
    try {
      return Trust.of(certificates);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalArgumentException(
          "The certificates in %s cannot be read: name a file of PEM certificates, or leave out cacertfile."
              .formatted(certificates.map(Path::toString).orElse("Java's own store")),
          e);
    }
  }

  @Override
  public String toString() {
    return (tls ? "amqps" : "amqp") + "://" + addresses + "/" + virtualHost;
  }
}
