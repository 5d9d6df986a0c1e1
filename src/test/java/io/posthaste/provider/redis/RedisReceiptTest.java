package io.posthaste.provider.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.message.Receipt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RedisReceiptTest {
  private static final String MEMBER =
      "1763728000123-4/019ab5e8-7c00-7000-8000-000000000001/12/ge/abcdefghijklmnopqrs_";

  private final RedisReceipt receipt = RedisReceipt.ofMember(MEMBER).orElseThrow();

  @Test
  void receipt_survives_its_token_and_tells_its_attempt() {
    assertThat(RedisReceipt.decode(receipt.encoded())).contains(receipt);
    assertThat(receipt.attempt()).isEqualTo(12);
    assertThat(receipt.ordered()).isTrue();
  }

  @Test
  void token_needs_no_escaping_in_addresses() {
    assertThat(receipt.encoded().token()).matches("[A-Za-z0-9_-]+");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "=", "ää", "MTIz"})
  void anything_else_is_no_receipt(String token) {
    assertThat(RedisReceipt.decode(new Receipt(token))).isEmpty();
    assertThat(RedisReceipt.decode(new Receipt(receipt.encoded().token() + token + "A"))).isEmpty();
    assertThat(RedisReceipt.decode(new Receipt("A".repeat(100_000)))).isEmpty();
  }
}
