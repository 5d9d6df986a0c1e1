package io.posthaste.wire;

import java.util.ArrayList;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A header's value as text: AMQP's have types, ours have none. */
final class HeaderValue {
  private HeaderValue() {}

  static String text(@Nullable Object value) {
    return switch (value) {
      case Date moment -> moment.toInstant().toString();
      case byte[] bytes -> HexFormat.of().formatHex(bytes);
      case List<?> list -> {
        List<String> texts = new ArrayList<>();
        list.forEach(it -> texts.add(text(it)));
        yield texts.toString();
      }
      case Map<?, ?> table -> {
        Map<String, String> texts = new TreeMap<>();
        table.forEach((name, it) -> texts.put(String.valueOf(name), text(it)));
        yield texts.toString();
      }
      case null, default -> String.valueOf(value);
    };
  }
}
