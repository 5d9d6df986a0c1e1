package io.posthaste.provider.rabbitmq;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.posthaste.wire.Outgoing;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class PublishingTest {
  private static final Duration LONG = Duration.ofHours(1);

  private final Publishing first = written();
  private final Publishing second = written();

  private static Publishing written() {
    Publishing publishing =
        new Publishing(new Outgoing("", "q", new BasicProperties(), new byte[] {1}));
    assertThat(publishing.write()).isTrue();
    return publishing;
  }

  private CompletableFuture<Void> awaitBoth(Duration patience) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            Publishing.awaitAnswers(List.of(first, second), patience);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  @Timeout(value = 1, unit = MINUTES)
  void waits_until_all_are_answered_whatever_the_answer_is() {
    CompletableFuture<Void> waited = awaitBoth(LONG);

    first.confirmed();
    assertThat(waited).isNotDone();
    second.lost(null);

    waited.join();
  }

  @Test
  @Timeout(value = 1, unit = MINUTES)
  void one_that_is_never_answered_holds_up_no_longer_than_the_patience() {
    first.confirmed();

    awaitBoth(Duration.ofMillis(5)).join();

    assertThat(second.answer()).isNotDone();
  }
}
