package io.posthaste.provider.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.message.Receipt;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PostgresReceiptTest {
  private final PostgresReceipt receipt = new PostgresReceipt(UUID.randomUUID(), UUID.randomUUID());

  @Test
  void receipt_survives_its_token() {
    assertThat(PostgresReceipt.decode(receipt.encoded())).contains(receipt);
  }

  @Test
  void token_needs_no_escaping_in_addresses() {
    assertThat(receipt.encoded().token()).matches("[A-Za-z0-9_-]{43}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "===========================================",
        "ääääääääääääääääääääääääääääääääääääääääääää",
        "+//////////////////////////////////////////"
      })
  void anything_else_is_no_receipt(String token) {
    assertThat(PostgresReceipt.decode(new Receipt(token))).isEmpty();
  }

  @Test
  void lease_apart_follows_from_the_receipt_and_is_no_others() {
    PostgresReceipt sibling = new PostgresReceipt(receipt.lease(), UUID.randomUUID());

    assertThat(receipt.apart()).isEqualTo(receipt.apart());
    assertThat(receipt.apart().message()).isEqualTo(receipt.message());
    assertThat(receipt.apart().lease())
        .isNotEqualTo(receipt.lease())
        .isNotEqualTo(sibling.apart().lease());
  }
}
