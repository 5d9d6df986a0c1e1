package io.posthaste.rest;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** W3C trace context of a request, carried to the receiver in headers of the same names. */
record TraceContext(@Nullable String parent, @Nullable String state) {
  private static final String PARENT = "traceparent";
  private static final String STATE = "tracestate";
  private static final int LENGTH = 55;
  private static final int LONGEST = 512;
  private static final Pattern VALID =
      Pattern.compile(
          "(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?");

  /** One that is not as the recommendation has it is ignored, as that wants it. */
  static TraceContext of(UnaryOperator<@Nullable String> headers) {
    String parent = headers.apply(PARENT);
    return parent == null || !isValid(parent)
        ? new TraceContext(null, null)
        : new TraceContext(parent, headers.apply(STATE));
  }

  // Only later versions may go on behind the flags
  private static boolean isValid(String parent) {
    return parent.length() <= LONGEST
        && VALID.matcher(parent).matches()
        && (parent.length() == LENGTH || !parent.startsWith("00"));
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
