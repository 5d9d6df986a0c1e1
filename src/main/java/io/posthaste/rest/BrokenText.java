package io.posthaste.rest;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;

/** Finds what is not UTF-8, for requests in which the rest is to be read all the same. */
final class BrokenText {
  private static final int CHUNK = 8192;

  private BrokenText() {}

  /** Puts a question mark in the place of each byte that is not part of a character; which ones. */
  static BitSet mend(byte[] text) {
    BitSet broken = new BitSet();
    ByteBuffer in = ByteBuffer.wrap(text);
    CharBuffer out = CharBuffer.allocate(CHUNK);
    CharsetDecoder decoder =
        StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT);
    for (CoderResult result = decoder.decode(in, out, true);
        !result.isUnderflow();
        result = decoder.decode(in, out.clear(), true)) {
      if (result.isMalformed()) {
        for (int i = 0; i < result.length(); i++) {
          broken.set(in.position());
          in.put((byte) '?');
        }
      }
    }
    return broken;
  }

  /** Whether UTF-8 has no bytes for what stands there. */
  static boolean isLoneSurrogate(String text, int at) {
    char c = text.charAt(at);
    if (Character.isHighSurrogate(c)) {
      return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
    }
    return Character.isLowSurrogate(c)
        && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
  }

  /** Whether it is UTF-8 throughout. */
  static boolean isSound(byte[] text) {
    return mend(text.clone()).isEmpty();
  }
}
