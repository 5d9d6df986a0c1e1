package io.posthaste.store;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Headers as they lie in a text column: one JSON object, in the order written. */
public final class HeadersText {
  private static final JsonFactory JSON = new JsonFactory();

  private HeadersText() {}

  public static @Nullable String write(Map<String, String> headers) {
    if (headers.isEmpty()) {
      return null;
    }
    StringWriter text = new StringWriter();
    try (JsonGenerator out = JSON.createGenerator(text)) {
      out.writeStartObject();
      for (Map.Entry<String, String> header : headers.entrySet()) {
        out.writeStringField(header.getKey(), header.getValue());
      }
      out.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  /**
   * The headers again.
   *
   * @throws UncheckedIOException at what is no object of texts
   */
  public static Map<String, String> read(@Nullable String text) {
    if (text == null) {
      return Map.of();
    }
    Map<String, String> headers = new LinkedHashMap<>();
    try (JsonParser in = JSON.createParser(text)) {
      expect(in.nextToken(), JsonToken.START_OBJECT);
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String name = in.currentName();
        expect(in.nextToken(), JsonToken.VALUE_STRING);
        headers.put(name, in.getText());
      }
      expect(in.currentToken(), JsonToken.END_OBJECT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return headers;
  }

  private static void expect(@Nullable JsonToken found, JsonToken expected) throws IOException {
    if (found != expected) {
      throw new IOException("headers are not an object of texts");
    }
  }
}
