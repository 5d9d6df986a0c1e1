package io.posthaste.rest;

import io.posthaste.message.InvalidField;
import jakarta.ws.rs.core.UriInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;
import org.jboss.resteasy.reactive.server.core.CurrentRequestManager;
import org.jboss.resteasy.reactive.server.core.ResteasyReactiveRequestContext;
import org.jboss.resteasy.reactive.server.mapping.RuntimeResource;

/**
 * The query parameters of every operation. One that is misspelt, empty, or stands there twice is
 * refused, whatever the operation: left out of a filter it would widen it, up to all that there is.
 */
final class KnownParameters {
  /** By method and path as in docs/openapi.yaml; an operation that is not here takes none. */
  static final Map<String, List<String>> NAMES = new HashMap<>();

  static {
    NAMES.put("GET /v1/queues", List.of("limit", "cursor"));
    NAMES.put("DELETE /v1/queues/{queue}", List.of("force"));
    NAMES.put("GET /v1/queues/{queue}/messages", List.of("limit", "state"));
    NAMES.put("GET /v1/queues/{queue}/consumers", List.of("limit", "cursor"));
    NAMES.put(
        "GET /v1/dead-letters",
        List.of("queue", "class", "reason", "type", "attempts", "from", "to", "limit", "cursor"));
    NAMES.put(
        "DELETE /v1/dead-letters",
        List.of("queue", "class", "reason", "type", "attempts", "from", "to", "all"));
    NAMES.put("GET /v1/schedules", List.of("limit", "queue", "state", "prefix", "cursor"));
    NAMES.put("GET /v1/schedules/{schedule}/next", List.of("count"));
    NAMES.put("GET /v1/schedules/{schedule}/history", List.of("limit", "cursor"));
    NAMES.put("GET /v1/calendars", List.of("limit", "cursor"));
    NAMES.put("PUT /v1/topology", List.of("dryRun"));
  }

  @ServerRequestFilter
  void require(UriInfo uri) {
    ResteasyReactiveRequestContext of = CurrentRequestManager.get();
    // Most have none, and what follows would be felt
    if (of.serverRequest().query() != null) {
      require(operation(of.getTarget()), uri.getQueryParameters());
    }
  }

  private static String operation(RuntimeResource of) {
    String path = of.getClassPath().template + of.getPath().template;
    return of.getHttpMethod() + " " + path.replaceFirst("/$", "");
  }

  private static void require(String operation, Map<String, List<String>> given) {
    List<String> known = NAMES.getOrDefault(operation, List.of());
    given.forEach(
        (name, values) -> {
          if (!known.contains(name)) {
            throw new InvalidField(name, "is not a known parameter here; " + these(known));
          }
          if (values.size() > 1) {
            throw new InvalidField(name, "stands there twice");
          }
          if (values.getFirst().isEmpty()) {
            throw new InvalidField(name, "must not be empty");
          }
        });
  }

  private static String these(List<String> known) {
    return known.isEmpty()
        ? "there are none"
        : "there are "
            + known.stream().map(name -> "'" + name + "'").collect(Collectors.joining(", "));
  }
}
