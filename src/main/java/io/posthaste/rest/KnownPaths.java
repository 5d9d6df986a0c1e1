package io.posthaste.rest;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The methods of every path. Jakarta REST looks for a method in one class only, and answers 404
 * where another class has the path.
 */
final class KnownPaths {
  /** By path as in docs/openapi.yaml, in the same order. */
  static final Map<String, String> METHODS = new LinkedHashMap<>();

  /** Any but those that mean this folder, or the one above. */
  private static final String SEGMENT = "(?!(?:\\\\.|%2[eE]){1,2}(?:/|\\$))[^/]+";

  private static final Map<Pattern, String> PATTERNS = new LinkedHashMap<>();

  static {
    METHODS.put("/v1/queues", "GET");
    METHODS.put("/v1/queues/{queue}", "PUT, GET, DELETE");
    METHODS.put("/v1/queues/{queue}/stats", "GET");
    METHODS.put("/v1/queues/{queue}/purge", "POST");
    METHODS.put("/v1/queues/{queue}/messages", "POST, GET");
    METHODS.put("/v1/queues/{queue}/messages/batch", "POST");
    METHODS.put("/v1/queues/{queue}/messages/{id}", "GET, PATCH, DELETE");
    METHODS.put("/v1/queues/{queue}/receive", "POST");
    METHODS.put("/v1/queues/{queue}/ack", "POST");
    METHODS.put("/v1/queues/{queue}/extend", "POST");
    METHODS.put("/v1/queues/{queue}/release", "POST");
    METHODS.put("/v1/queues/{queue}/reject", "POST");
    METHODS.put("/v1/queues/{queue}/consumers", "GET");
    METHODS.put("/v1/queues/{queue}/consumers/{consumer}", "PUT, GET, DELETE");
    METHODS.put("/v1/dead-letters", "GET, DELETE");
    METHODS.put("/v1/dead-letters/{id}", "GET, DELETE");
    METHODS.put("/v1/dead-letters/replay", "POST");
    METHODS.put("/v1/dead-letters/replays/{id}", "GET");
    METHODS.put("/v1/schedules/preview", "POST");
    METHODS.put("/v1/schedules", "GET");
    METHODS.put("/v1/schedules/{schedule}", "PUT, GET, DELETE");
    METHODS.put("/v1/schedules/{schedule}/pause", "POST");
    METHODS.put("/v1/schedules/{schedule}/resume", "POST");
    METHODS.put("/v1/schedules/{schedule}/trigger", "POST");
    METHODS.put("/v1/schedules/{schedule}/next", "GET");
    METHODS.put("/v1/schedules/{schedule}/history", "GET");
    METHODS.put("/v1/calendars", "GET");
    METHODS.put("/v1/calendars/{calendar}", "PUT, GET, DELETE");
    METHODS.put("/v1/topology", "PUT");
    METHODS.put("/v1/rabbitmq/queues", "POST");
    METHODS.put("/v1/rabbitmq/queues/{name}", "GET");
    METHODS.put("/v1/rabbitmq/queues/{name}/purge", "POST");
    METHODS.put("/v1/rabbitmq/exchanges", "POST");
    METHODS.put("/v1/rabbitmq/bindings", "POST");
    METHODS.put("/v1/rabbitmq/bindings/remove", "POST");
    METHODS.put("/v1/rabbitmq/messages", "POST");
    METHODS.put("/v1/providers", "GET");
    METHODS.forEach(
        (path, methods) ->
            PATTERNS.put(Pattern.compile(path.replaceAll("\\{[^}]*}", SEGMENT) + "/?"), methods));
  }

  private KnownPaths() {}

  /** What the header Allow says; empty for a path that nobody knows. */
  static Optional<String> allowed(String path) {
    String exact = METHODS.get(path.endsWith("/") ? path.substring(0, path.length() - 1) : path);
    if (exact != null) {
      return Optional.of(exact);
    }
    return PATTERNS.entrySet().stream()
        .filter(known -> known.getKey().matcher(path).matches())
        .map(Map.Entry::getValue)
        .findFirst();
  }
}
