package io.posthaste.rest;

import jakarta.ws.rs.core.HttpHeaders;
import java.util.function.Consumer;
import org.jboss.resteasy.reactive.RestResponse;

/** Successful answers, whose bodies are written by hand. */
final class Answers {
  private static final String JSON = "application/json";

  private Answers() {}

  static RestResponse<byte[]> ok(byte[] json) {
    return json(200, json);
  }

  static RestResponse<byte[]> json(int status, byte[] json) {
    return RestResponse.ResponseBuilder.<byte[]>create(status)
        .header(HttpHeaders.CONTENT_TYPE, JSON)
        .entity(json)
        .build();
  }

  static RestResponse<byte[]> ok(Consumer<JsonWriter> body) {
    JsonWriter out = new JsonWriter();
    body.accept(out);
    return ok(out.toBytes());
  }

  static RestResponse<byte[]> noContent() {
    return RestResponse.noContent();
  }
}
