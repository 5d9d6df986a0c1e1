package io.posthaste.message;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What a message carries: a JSON text exactly as it was written, or bytes. Equal by content. */
public sealed interface Payload {

  /** The stored form; callers must not change the array. */
  byte[] bytes();

  default int size() {
    return bytes().length;
  }

  /** UTF-8 of one JSON value, never parsed into numbers, so that 1.10 and 2^64 survive. */
  record Json(byte[] bytes) implements Payload {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Json(var theirs) && Arrays.equals(bytes, theirs);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }
  }

  /** Any bytes, with the media type that the sender named. */
  record Binary(byte[] bytes, String contentType) implements Payload {
    public static final String DEFAULT_CONTENT_TYPE = "application/octet-stream";

    public Binary {
      Text.require("contentType", contentType, 1, 255);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Binary(var theirs, var type)
          && contentType.equals(type)
          && Arrays.equals(bytes, theirs);
    }

    @Override
    public int hashCode() {
      return 31 * contentType.hashCode() + Arrays.hashCode(bytes);
    }
  }
}
