package io.posthaste.message;

/** What a message carries: a JSON text exactly as it was written, or bytes. */
public sealed interface Payload {

  /** The stored form; callers must not change the array. */
  byte[] bytes();

  default int size() {
    return bytes().length;
  }

  /** UTF-8 of one JSON value, never parsed into numbers, so that 1.10 and 2^64 survive. */
  record Json(byte[] bytes) implements Payload {}

  /** Any bytes, with the media type that the sender named. */
  record Binary(byte[] bytes, String contentType) implements Payload {
    public static final String DEFAULT_CONTENT_TYPE = "application/octet-stream";

    public Binary {
      Text.require("contentType", contentType, 1, 255);
    }
  }
}
