package io.posthaste.rest;

import io.posthaste.message.InvalidField;
import io.posthaste.problem.ProblemType;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Requires bytes to be what JSON is written in here. */
final class Utf8 {
  private Utf8() {}

  /**
   * Refuses a body that begins as another encoding does. The parser would find that out by itself,
   * and then no place in the bytes is right.
   */
  static void requireAtStart(byte[] body) {
    boolean wide = isMark(body, 0xFE, 0xFF) || isMark(body, 0xFF, 0xFE);
    for (int i = 0; i < Math.min(body.length, 4); i++) {
      wide |= body[i] == 0;
    }
    if (wide || isMark(body, 0xEF, 0xBB, 0xBF)) {
      throw new Problem(
          ProblemType.MALFORMED_JSON, "The body must be UTF-8, without a byte order mark.");
    }
  }

  private static boolean isMark(byte[] body, int... mark) {
    for (int i = 0; i < mark.length; i++) {
      if (i == body.length || (body[i] & 0xFF) != mark[i]) {
        return false;
      }
    }
    return true;
  }

  /** Refuses a value that is not UTF-8 throughout: the parser is lenient about what it skips. */
  static void require(String name, byte[] value) {
    for (byte b : value) {
      if (b < 0) {
        try {
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(value));
        } catch (CharacterCodingException e) {
          throw new InvalidField(name, "must be UTF-8");
        }
        return;
      }
    }
  }
}
