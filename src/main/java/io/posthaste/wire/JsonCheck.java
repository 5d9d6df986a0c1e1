package io.posthaste.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** Tells whether bytes are one JSON value, as a payload must be: anybody may have written them. */
final class JsonCheck {
  /** As for payloads that come by REST. */
  private static final int DEPTH = 1000;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxNameLength(1024 * 1024)
                  .maxStringLength(32 * 1024 * 1024)
                  .build())
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  private JsonCheck() {}

  static boolean isJson(byte[] bytes) {
    if (!beginsAsUtf8(bytes)) {
      return false;
    }
    try (JsonParser parser = FACTORY.createParser(bytes)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        return false;
      }
      if (first.isStructStart()) {
        parser.skipChildren();
      } else {
        parser.finishToken();
      }
      return parser.nextToken() == null && isUtf8(bytes);
    } catch (IOException _) {
      return false;
    }
  }

  // The parser would read UTF-16 and UTF-32, too, and pass over a byte order mark; who is handed
  // the
  // payload within a document of UTF-8 could not. No JSON begins with other bytes than ASCII's
  private static boolean beginsAsUtf8(byte[] bytes) {
    for (int i = 0; i < Math.min(bytes.length, 4); i++) {
      if (bytes[i] == 0) {
        return false;
      }
    }
    return bytes.length > 0 && bytes[0] > 0;
  }

  // The parser is lenient about what lies between quotes that it skips
  private static boolean isUtf8(byte[] bytes) {
    for (byte b : bytes) {
      if (b < 0) {
        try {
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
          return true;
        } catch (CharacterCodingException _) {
          return false;
        }
      }
    }
    return true;
  }
}
