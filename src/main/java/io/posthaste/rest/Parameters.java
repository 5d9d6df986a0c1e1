package io.posthaste.rest;

import io.posthaste.message.InvalidField;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Query parameters, read as strictly as bodies. */
final class Parameters {
  private static final int DEFAULT_LIMIT = 100;
  private static final int MOST = 1000;

  private Parameters() {}

  /** 1 to 1,000, by default 100. */
  static int limit(@Nullable String text) {
    return text == null ? DEFAULT_LIMIT : wholeNumber("limit", text, 1, MOST);
  }

  static int wholeNumber(String name, String text, int min, int max) {
    try {
      int value = Integer.parseInt(text);
      if (value >= min && value <= max && text.charAt(0) != '+') {
        return value;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one sentence for both
    }
    throw new InvalidField(name, "must be a whole number from " + min + " to " + max);
  }

  /** A text to compare with; PostgreSQL knows none that holds NUL. */
  static String text(String name, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new InvalidField(name, "must not contain the NUL character");
    }
    return text;
  }

  /** RFC 3339; in an address a plus sign stands for a blank. */
  static Instant instant(String name, String text) {
    try {
      return TimeText.instant(name, text);
    } catch (InvalidField e) {
      throw text.indexOf(' ') < 0
          ? e
          : new InvalidField(name, e.getMessage() + "; a plus sign is written %2B in an address");
    }
  }

  static boolean flag(String name, @Nullable String text) {
    if (text == null || text.equals("false")) {
      return false;
    }
    if (text.equals("true")) {
      return true;
    }
    throw new InvalidField(name, "must be true or false");
  }
}
