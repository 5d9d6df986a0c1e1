package io.posthaste.message;

/** The rule for every text that a sender writes: bounded, and free of NUL and lone surrogates. */
final class Text {
  private Text() {}

  /**
   * @throws InvalidField if the text is too short, too long, or cannot be stored as UTF-8
   */
  static void require(String field, String text, int min, int max) {
    if (text.length() < min || text.length() > max) {
      throw new InvalidField(field, "must have " + min + " to " + max + " characters");
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw new InvalidField(field, "must not contain the NUL character");
      }
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          throw new InvalidField(field, "must not contain a lone surrogate");
        }
        i++;
      }
    }
  }
}
