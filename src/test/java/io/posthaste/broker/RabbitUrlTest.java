package io.posthaste.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.rabbitmq.client.Address;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RabbitUrlTest {
  @Test
  void every_part_is_read() {
    RabbitUrl url = RabbitUrl.parse("amqp://us%40er:p%3Ass@one:1,two,[::1]:3/my%2fhost");

    assertThat(url.addresses())
        .containsExactly(new Address("one", 1), new Address("two", 5672), new Address("::1", 3));
    assertThat(url.user()).isEqualTo("us@er");
    assertThat(url.password()).isEqualTo("p:ss");
    assertThat(url.virtualHost()).isEqualTo("my/host");
    assertThat(url.tls()).isFalse();
  }

  @Test
  void what_is_left_out_is_as_rabbitmq_has_it() {
    RabbitUrl url = RabbitUrl.parse("amqp://broker");

    assertThat(url.addresses()).containsExactly(new Address("broker", 5672));
    assertThat(url.user()).isEqualTo("guest");
    assertThat(url.password()).isEqualTo("guest");
    assertThat(url.virtualHost()).isEqualTo("/");
  }

  @Test
  void tls_has_a_port_and_certificates_of_its_own() {
    RabbitUrl url = RabbitUrl.parse("amqps://u:p@broker/%2f?cacertfile=%2Fca.pem");

    assertThat(url.tls()).isTrue();
    assertThat(url.addresses()).containsExactly(new Address("broker", 5671));
    assertThat(url.certificates()).contains(Path.of("/ca.pem"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "broker:5672",
        "http://u:secret@broker",
        "amqp://u:secret@",
        "amqp://u:secret@broker:0",
        "amqp://u:secret@broker:70000",
        "amqp://u:secret@one,,two",
        "amqp://u:secret%zz@broker",
        "amqp://u:secret@broker/%2f?x=secret",
        "amqp://u:secret@broker/%2f?cacertfile=/ca.pem",
        "amqp://u:secret@broker/a/b"
      })
  void what_cannot_be_used_is_told_in_a_sentence_without_the_password(String text) {
    assertThatThrownBy(() -> RabbitUrl.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageEndingWith(".")
        .hasMessageNotContaining("secret");
  }

  @Test
  void password_is_never_shown() {
    assertThat(RabbitUrl.parse("amqp://u:secret@broker").toString())
        .doesNotContain("secret")
        .contains("broker");
  }

  @Test
  void certificates_must_be_there_and_readable(@TempDir Path folder) throws IOException {
    Path none = folder.resolve("none.pem");
    Path wrong = Files.writeString(folder.resolve("wrong.pem"), "-----BEGIN CERTIFICATE-----\n");

    for (Path file : new Path[] {none, wrong}) {
      RabbitUrl url = RabbitUrl.parse("amqps://broker?cacertfile=" + file);
      assertThatThrownBy(url::requireCertificates)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(file.getFileName().toString());
    }
  }
}
