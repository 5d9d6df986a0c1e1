package io.posthaste.rest;

import jakarta.ws.rs.core.HttpHeaders;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** W3C trace context of a request, carried to the receiver in headers of the same names. */
record TraceContext(@Nullable String parent, @Nullable String state) {
  private static final String PARENT = "traceparent";
  private static final String STATE = "tracestate";
  private static final int LONGEST = 512;

  static TraceContext of(HttpHeaders headers) {
    String parent = headers.getHeaderString(PARENT);
    return parent == null || parent.length() > LONGEST
        ? new TraceContext(null, null)
        : new TraceContext(parent, headers.getHeaderString(STATE));
  }

  Map<String, String> addTo(Map<String, String> headers) {
    if (parent == null || headers.containsKey(PARENT)) {
      return headers;
    }
    Map<String, String> all = new LinkedHashMap<>(headers);
    all.put(PARENT, parent);
    if (state != null && !state.isEmpty() && state.length() <= LONGEST) {
      all.put(STATE, state);
    }
    return all;
  }
}
