package io.posthaste.deadletter;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.posthaste.message.Content;
import io.posthaste.message.InvalidField;
import io.posthaste.message.Payload;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON merge patch (RFC 7396) of a message's payload, its headers, or both. Numbers that it does
 * not touch stay as they were written, to the last digit.
 */
public final class MergePatch {
  /** A payload's 1,000 levels, and the patch's own around them. */
  private static final int DEPTH = 1001;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH)
                          .maxStringLength(32 * 1024 * 1024)
                          .maxNameLength(1024 * 1024)
                          .build())
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .nodeFactory(JsonNodeFactory.withExactBigDecimals(true))
          .build();

  private static final ObjectReader READER = MAPPER.readerFor(JsonNode.class);

  private final String text;
  private final @Nullable JsonNode payload;
  private final @Nullable JsonNode headers;

  private MergePatch(String text, @Nullable JsonNode payload, @Nullable JsonNode headers) {
    this.text = text;
    this.payload = payload;
    this.headers = headers;
  }

  /**
   * Reads {@code {"payload":…,"headers":{…}}}.
   *
   * @throws InvalidField if it is anything else
   */
  public static MergePatch parse(byte[] json) {
    JsonNode node = read(json, "patch");
    if (!(node instanceof ObjectNode fields) || fields.isEmpty()) {
      throw new InvalidField("patch", "must be an object with 'payload', 'headers' or both");
    }
    fields
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!name.equals("payload") && !name.equals("headers")) {
                throw new InvalidField("patch." + name, "is not a known field");
              }
            });
    JsonNode headers = fields.get("headers");
    if (headers != null) {
      requireHeaders(headers);
    }
    return new MergePatch(new String(json, StandardCharsets.UTF_8), fields.get("payload"), headers);
  }

  private static void requireHeaders(JsonNode headers) {
    if (!headers.isObject()) {
      throw new InvalidField("patch.headers", "must be an object of strings and nulls");
    }
    Map<String, String> added = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> header : headers.properties()) {
      if (header.getValue().isTextual()) {
        added.put(header.getKey(), header.getValue().textValue());
      } else if (!header.getValue().isNull()) {
        throw new InvalidField("patch.headers", "must be an object of strings and nulls");
      }
    }
    requireHeaders(added);
  }

  // What no message can have fits none, and is said at once
  private static void requireHeaders(Map<String, String> added) {
    try {
      Content.requireHeaders(added);
    } catch (InvalidField e) {
      throw e.in("patch." + e.field());
    }
  }

  /** As it was written. */
  public String text() {
    return text;
  }

  /**
   * The content with this patch applied.
   *
   * @throws InvalidField if the patch does not fit, because the payload is not JSON
   */
  public Content applyTo(Content content) {
    Content patched = content;
    if (payload != null) {
      patched = patched.withPayload(patched(content.payload(), payload));
    }
    if (headers != null) {
      patched = patched.withHeaders(patched(content.headers(), headers));
    }
    return patched;
  }

  private static Payload patched(Payload target, JsonNode patch) {
    return switch (target) {
      case Payload.Json json ->
          new Payload.Json(write(merge(read(json.bytes(), "payload"), patch)));
      case Payload.Binary _ ->
          throw new InvalidField(
              "patch.payload", "fits JSON payloads only, and this one is binary");
    };
  }

  private static Map<String, String> patched(Map<String, String> target, JsonNode patch) {
    Map<String, String> headers = new LinkedHashMap<>(target);
    patch
        .properties()
        .forEach(
            entry -> {
              if (entry.getValue().isNull()) {
                headers.remove(entry.getKey());
              } else {
                headers.put(entry.getKey(), entry.getValue().textValue());
              }
            });
    return headers;
  }

  // The algorithm of RFC 7396, section 2
  private static JsonNode merge(@Nullable JsonNode target, JsonNode patch) {
    if (!patch.isObject()) {
      return patch;
    }
    ObjectNode merged =
        target instanceof ObjectNode object ? object : MAPPER.getNodeFactory().objectNode();
    patch
        .properties()
        .forEach(
            entry -> {
              if (entry.getValue().isNull()) {
                merged.remove(entry.getKey());
              } else {
                merged.set(entry.getKey(), merge(merged.get(entry.getKey()), entry.getValue()));
              }
            });
    return merged;
  }

  private static JsonNode read(byte[] json, String field) {
    try {
      return READER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new InvalidField(
          field,
          "cannot be patched: it is nested more than 1,000 levels deep, or has a number of more than 1,000 digits");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] write(JsonNode node) {
    try {
      return MAPPER.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
