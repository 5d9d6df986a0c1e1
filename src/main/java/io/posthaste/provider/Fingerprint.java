package io.posthaste.provider;

import io.posthaste.message.Content;
import io.posthaste.message.Due;
import io.posthaste.message.Payload;
import io.posthaste.queue.NewMessage;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether two requests are the same: SHA-256 over every field that the sender wrote, the
 * payload as bytes. Trace context is left out, since a repeat is a call of its own.
 */
public final class Fingerprint {
  private static final Set<String> TRACE = Set.of("traceparent", "tracestate");

  private final MessageDigest digest;

  private Fingerprint(MessageDigest digest) {
    this.digest = digest;
  }

  public static byte[] of(NewMessage message) {
    Fingerprint fingerprint = new Fingerprint(sha256());
    Content content = message.content();
    fingerprint.add(content.payload().bytes());
    fingerprint.add(content.payload() instanceof Payload.Binary(var _, var type) ? type : null);
    fingerprint.add(content.type());
    fingerprint.add(content.correlationId());
    fingerprint.add(content.group());
    fingerprint.add(Integer.toString(content.priority()));
    fingerprint.add(
        switch (message.due()) {
          case Due.After(var delay) -> "after " + delay;
          case Due.At(var instant) -> "at " + instant;
        });
    fingerprint.add(message.timeToLive() == null ? null : message.timeToLive().toString());
    // Sorted: the order in which a client writes its headers is no difference
    for (Map.Entry<String, String> header : new TreeMap<>(content.headers()).entrySet()) {
      if (!TRACE.contains(header.getKey())) {
        fingerprint.add(header.getKey());
        fingerprint.add(header.getValue());
      }
    }
    return fingerprint.digest.digest();
  }

  private void add(@Nullable String field) {
    add(field == null ? null : field.getBytes(StandardCharsets.UTF_8));
  }

  // Each field behind its length, so that no two lists of fields look alike
  private void add(byte @Nullable [] field) {
    int length = field == null ? -1 : field.length;
    for (int shift = 24; shift >= 0; shift -= 8) {
      digest.update((byte) (length >>> shift));
    }
    if (field != null) {
      digest.update(field);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
