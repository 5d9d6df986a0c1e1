package io.posthaste.provider.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/** The scripts, which lie as {@code redis/*.lua} among the resources and say what they do. */
enum RedisScript {
  SEND,
  RECEIVE,
  SETTLE,
  TEND,
  STATS,
  PEEK,
  FIND,
  CHANGE,
  PURGE,
  CLOSE,
  DROP,
  DRAINED;

  private final String text;
  private final String digest;

  RedisScript() {
    text = resource("prelude") + resource(name().toLowerCase(Locale.ROOT));
    digest = sha1(text);
  }

  String text() {
    return text;
  }

  /** By which the server knows a script that it has seen. */
  String digest() {
    return digest;
  }

  private static String resource(String name) {
    try (InputStream in = RedisScript.class.getResourceAsStream("/redis/" + name + ".lua")) {
      if (in == null) {
        throw new IllegalStateException("the resource redis/" + name + ".lua is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha1(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }
}
