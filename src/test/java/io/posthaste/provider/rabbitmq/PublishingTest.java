package io.posthaste.provider.rabbitmq;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.rabbitmq.client.AMQP.BasicProperties;
import io.posthaste.wire.Outgoing;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class PublishingTest {
  private static final Duration LONG = Duration.ofHours(1);

  private static final Set<Thread.State> ENDED_OR_WAITING =
      Set.of(Thread.State.TIMED_WAITING, Thread.State.TERMINATED);

  private final Publishing first = written();
  private final Publishing second = written();

  private static Publishing written() {
    Publishing publishing =
        new Publishing(new Outgoing("", "q", new BasicProperties(), new byte[] {1}));
    assertThat(publishing.write()).isTrue();
    return publishing;
  }

  private Thread awaitBoth(Duration patience) {
    return Thread.ofVirtual()
        .start(
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
  void waits_until_all_are_answered_whatever_the_answer_is() throws InterruptedException {
    first.confirmed();
    Thread waiting = awaitBoth(LONG);

    await().until(() -> ENDED_OR_WAITING.contains(waiting.getState()));
    assertThat(waiting.isAlive()).isTrue();
    second.lost(null);

    waiting.join();
  }

  @Test
  @Timeout(value = 1, unit = MINUTES)
  void one_that_is_never_answered_holds_up_no_longer_than_the_patience()
      throws InterruptedException {
    first.confirmed();

    awaitBoth(Duration.ofMillis(5)).join();

    assertThat(second.answer()).isNotDone();
  }
}
