package io.posthaste.rest;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON into bytes. A writer of our own because payloads go in as the bytes that they are,
 * which no generator allows without a detour over a string.
 */
final class JsonWriter {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private byte[] bytes;
  private int size;
  private boolean first = true;

  JsonWriter() {
    this(256);
  }

  JsonWriter(int capacity) {
    bytes = new byte[capacity];
  }

  byte[] toBytes() {
    return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
  }

  JsonWriter open() {
    separate();
    return put('{').begin();
  }

  JsonWriter close() {
    return put('}').end();
  }

  JsonWriter openList() {
    separate();
    return put('[').begin();
  }

  JsonWriter closeList() {
    return put(']').end();
  }

  /** A field's name; its value comes next. */
  JsonWriter name(String name) {
    separate();
    string(name);
    put(':');
    first = true;
    return this;
  }

  JsonWriter field(String name, @Nullable String value) {
    return value == null ? this : name(name).value(value);
  }

  JsonWriter field(String name, long value) {
    return name(name).value(value);
  }

  JsonWriter field(String name, double value) {
    if (value == (long) value) {
      return field(name, (long) value);
    }
    return name(name).raw(Double.toString(value).getBytes(StandardCharsets.US_ASCII));
  }

  JsonWriter field(String name, boolean value) {
    return name(name).raw(Boolean.toString(value).getBytes(StandardCharsets.US_ASCII));
  }

  JsonWriter field(String name, @Nullable Instant value) {
    return value == null ? this : field(name, value.toString());
  }

  JsonWriter field(String name, @Nullable Duration value) {
    return value == null ? this : field(name, text(value));
  }

  /** As people write it: P14D rather than PT336H. */
  static String text(Duration value) {
    return value.isPositive() && value.equals(Duration.ofDays(value.toDays()))
        ? "P" + value.toDays() + "D"
        : value.toString();
  }

  JsonWriter field(String name, Map<String, String> values) {
    if (values.isEmpty()) {
      return this;
    }
    name(name).open();
    values.forEach(this::field);
    return close();
  }

  JsonWriter value(String value) {
    separate();
    return string(value).end();
  }

  JsonWriter value(long value) {
    return raw(Long.toString(value).getBytes(StandardCharsets.US_ASCII));
  }

  /** A value that is JSON already. */
  JsonWriter raw(byte[] json) {
    separate();
    return put(json, 0, json.length).end();
  }

  private void separate() {
    if (!first) {
      put(',');
    }
    first = false;
  }

  private JsonWriter begin() {
    first = true;
    return this;
  }

  private JsonWriter end() {
    first = false;
    return this;
  }

  private JsonWriter string(String text) {
    put('"');
    int plain = 0;
    while (plain < text.length() && isPlain(text.charAt(plain))) {
      plain++;
    }
    if (plain == text.length()) {
      ascii(text);
    } else {
      escaped(text);
    }
    return put('"');
  }

  private static boolean isPlain(char c) {
    return c >= ' ' && c < 127 && c != '"' && c != '\\';
  }

  private void ascii(String text) {
    reserve(text.length());
    for (int i = 0; i < text.length(); i++) {
      bytes[size++] = (byte) text.charAt(i);
    }
  }

  private void escaped(String text) {
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      if (BrokenText.isLoneSurrogate(text, i)) {
        escapedUtf8(text.substring(from, i));
        escape(text.charAt(i));
        from = i + 1;
      }
    }
    escapedUtf8(text.substring(from));
  }

  private void escapedUtf8(String text) {
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      if (b == '"' || b == '\\') {
        put('\\').put(b);
      } else if (b >= 0 && b < ' ') {
        escape((char) b);
      } else {
        put(b);
      }
    }
  }

  private void escape(char c) {
    put('\\').put('u');
    for (int shift = 12; shift >= 0; shift -= 4) {
      put(HEX[c >> shift & 15]);
    }
  }

  private JsonWriter put(int b) {
    reserve(1);
    bytes[size++] = (byte) b;
    return this;
  }

  private JsonWriter put(byte[] source, int from, int length) {
    reserve(length);
    System.arraycopy(source, from, bytes, size, length);
    size += length;
    return this;
  }

  private void reserve(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }
}
