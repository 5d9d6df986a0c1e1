package io.posthaste.provider.redis;

import io.posthaste.message.Receipt;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a receipt says, as it stands among the leases: entry, message, attempt, marks and a random
 * token, which makes it unguessable, all of them told to nobody but the receiver.
 *
 * @param attempt which attempt this delivery is
 * @param ordered whether others of its group may wait behind the message
 */
record RedisReceipt(String member, int attempt, boolean ordered) {
  private static final Pattern FORM =
      Pattern.compile("\\d{1,15}-\\d{1,15}/[0-9a-f-]{36}/(\\d{1,4})/([efg]*)/[A-Za-z0-9_-]{20}");

  private static final int LONGEST = 256;

  /** Empty when it was not made here. */
  static Optional<RedisReceipt> ofMember(String member) {
    Matcher form = FORM.matcher(member);
    return form.matches()
        ? Optional.of(
            new RedisReceipt(member, Integer.parseInt(form.group(1)), form.group(2).contains("g")))
        : Optional.empty();
  }

  Receipt encoded() {
    byte[] bytes = member.getBytes(StandardCharsets.US_ASCII);
    return new Receipt(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
  }

  /** Empty when no receipt of ours looks like this. */
  static Optional<RedisReceipt> decode(Receipt receipt) {
    if (receipt.token().length() > LONGEST) {
      return Optional.empty();
    }
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(receipt.token());
      return ofMember(new String(bytes, StandardCharsets.US_ASCII))
          // Different texts may decode to the same bytes; one of them is ours
          .filter(it -> it.encoded().equals(receipt));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
