package io.posthaste.k8s;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A broker's own file of settings, one a line; read strictly, each given once. */
record SettingsFile(Map<String, String> values) {
  private static final Pattern RABBITMQ = Pattern.compile("([a-z][a-zA-Z0-9_.]*) = (\\S+)");
  private static final Pattern REDIS = Pattern.compile("([a-z][a-z-]*) (\\S+(?: \\S+)*)");

  static SettingsFile rabbitmq(String text) {
    return of(text, RABBITMQ);
  }

  static SettingsFile redis(String text) {
    return of(text, REDIS);
  }

  private static SettingsFile of(String text, Pattern form) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String line : text.split("\n")) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      Matcher setting = form.matcher(line);
      if (!setting.matches()) {
        throw new AssertionError("no setting: " + line);
      }
      if (values.put(setting.group(1), setting.group(2)) != null) {
        throw new AssertionError("given twice: " + line);
      }
    }
    return new SettingsFile(values);
  }

  Set<String> names() {
    return values.keySet();
  }

  String get(String name) {
    String value = values.get(name);
    if (value == null) {
      throw new AssertionError("no setting " + name);
    }
    return value;
  }

  int number(String name) {
    return Integer.parseInt(get(name));
  }

  /** A size such as {@code 2GiB}, {@code 64mb} or {@code 100}, in bytes; all units are binary. */
  long bytes(String name) {
    Matcher size = Pattern.compile("(\\d+)(|MiB|GiB|mb|gb)").matcher(get(name));
    if (!size.matches()) {
      throw new AssertionError("no size: " + name + " " + get(name));
    }
    long unit =
        switch (size.group(2)) {
          case "MiB", "mb" -> 1L << 20;
          case "GiB", "gb" -> 1L << 30;
          default -> 1;
        };
    return Long.parseLong(size.group(1)) * unit;
  }
}
