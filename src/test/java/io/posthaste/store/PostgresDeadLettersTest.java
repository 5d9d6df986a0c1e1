package io.posthaste.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.database.DatabaseUrl;
import io.posthaste.database.PostgresForTests;
import io.posthaste.deadletter.DeadLetter;
import io.posthaste.deadletter.DeadLetter.FailedAttempt;
import io.posthaste.deadletter.DeadLetterFilter;
import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.message.Content;
import io.posthaste.message.Message;
import io.posthaste.message.MessageId;
import io.posthaste.message.Payload;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.contract.MessageBuilder;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class PostgresDeadLettersTest {
  private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.MICROS);

  private static Vertx vertx;
  private static DeadLetterStore store;

  @BeforeAll
  static void migrate() {
    DatabaseUrl url = DatabaseUrl.parse(PostgresForTests.url());
    Flyway.configure().dataSource(url.jdbcUrl(), url.user(), url.password()).load().migrate();
    vertx = Vertx.vertx();
    Pool pool =
        PgBuilder.pool()
            .using(vertx)
            .connectingTo(PgConnectOptions.fromUri(PostgresForTests.url()))
            .build();
    store = StoresForTests.deadLetters(pool);
  }

  @AfterAll
  static void close() {
    vertx.close();
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(Duration.ofSeconds(20));
  }

  private static DeadLetter letter(MessageBuilder message, String reason) {
    NewMessage built = message.build();
    List<FailedAttempt> history =
        List.of(
            new FailedAttempt(1, NOW.minusSeconds(9), "first"), new FailedAttempt(2, NOW, reason));
    return new DeadLetter(
        new Message(built.id(), built.content(), NOW.minusSeconds(60)),
        "dead-letters-test",
        DeadLetterClass.RETRIES_EXHAUSTED,
        reason,
        2,
        NOW,
        history);
  }

  private static MessageId id(DeadLetter letter) {
    return letter.message().id();
  }

  @Test
  void letter_comes_back_as_it_was_brought_with_its_history() {
    DeadLetter full =
        letter(
            MessageBuilder.aMessage()
                .withPayload(new Payload.Binary(new byte[] {0, 1, -1}, "image/png"))
                .withType("t")
                .withHeaders(Map.of("a", "ä\""))
                .withCorrelationId("c")
                .withPriority(7)
                .withGroup("g")
                .withDeduplicationId("d"),
            "last");
    DeadLetter plain = letter(MessageBuilder.aMessage(), "last");

    assertThat(await(store.add(List.of(full, plain)))).isEqualTo(Set.of(id(full), id(plain)));

    for (DeadLetter letter : List.of(full, plain)) {
      assertThat(await(store.find(id(letter))).orElseThrow())
          .usingRecursiveComparison()
          .isEqualTo(letter);
    }
  }

  @Test
  void letter_that_is_brought_again_stays_as_it_was() {
    DeadLetter first = letter(MessageBuilder.aMessage(), "first time");
    DeadLetter other = letter(MessageBuilder.aMessage(), "other");
    await(store.add(List.of(first)));
    DeadLetter again =
        new DeadLetter(
            first.message(),
            first.queue(),
            DeadLetterClass.POISON,
            "again",
            9,
            NOW.plusSeconds(9),
            List.of(new FailedAttempt(9, NOW, "again")));

    assertThat(await(store.add(List.of(again, other, other)))).isEqualTo(Set.of(id(other)));

    assertThat(await(store.find(id(first))).orElseThrow())
        .usingRecursiveComparison()
        .isEqualTo(first);
    assertThat(await(store.find(id(other))).orElseThrow().history()).hasSize(2);
  }

  @Test
  void others_under_the_id_of_a_letter_are_kept_each_once_however_often_they_are_brought() {
    DeadLetter stored = letter(MessageBuilder.aMessage("first"), "first");
    Message message = stored.message();
    Content content = MessageBuilder.aMessage("second").build().content();
    DeadLetter first = like(stored, message, "twice");
    DeadLetter payload =
        like(first, new Message(message.id(), content, message.enqueuedAt()), "twice");
    DeadLetter moment =
        like(first, new Message(message.id(), message.content(), NOW.minusSeconds(59)), "twice");
    DeadLetter queue = like(first, message, "twice-elsewhere");

    assertThat(await(store.add(List.of(first, payload)))).containsExactly(message.id());
    assertThat(await(store.add(List.of(moment, queue)))).containsExactly(message.id());
    assertThat(await(store.add(List.of(moment, first, payload, queue)))).isEmpty();

    assertThat(inQueue("twice-elsewhere")).hasSize(1);
    assertThat(inQueue("twice")).hasSize(3);
    assertThat(await(store.find(message.id())).orElseThrow())
        .usingRecursiveComparison()
        .isEqualTo(first);
    DeadLetter kept =
        inQueue("twice").stream()
            .filter(letter -> letter.message().content().equals(content))
            .findFirst()
            .orElseThrow();
    assertThat(await(store.find(id(kept))).orElseThrow())
        .usingRecursiveComparison()
        .ignoringFields("message.id")
        .isEqualTo(payload);
  }

  private static List<DeadLetter> inQueue(String queue) {
    return await(store.list(DeadLetterFilter.ofQueue(queue), Optional.empty(), 100));
  }

  private static DeadLetter like(DeadLetter letter, Message message, String queue) {
    return new DeadLetter(
        message,
        queue,
        letter.deadLetterClass(),
        letter.reason(),
        letter.attempts(),
        letter.diedAt(),
        letter.history());
  }

  @Test
  void letter_that_left_may_come_again() {
    DeadLetter letter = letter(MessageBuilder.aMessage(), "first time");
    await(store.add(List.of(letter)));
    await(store.delete(DeadLetterFilter.ofIds(List.of(id(letter)))));

    assertThat(await(store.add(List.of(letter)))).containsExactly(id(letter));

    assertThat(await(store.find(id(letter))).orElseThrow().history()).hasSize(2);
  }

  @Test
  void as_many_as_promised_are_added_at_once_and_no_more() {
    List<DeadLetter> most =
        Stream.generate(() -> letter(MessageBuilder.aMessage(), "many"))
            .limit(DeadLetterStore.MOST_ADDED)
            .toList();

    assertThat(await(store.add(most))).hasSize(DeadLetterStore.MOST_ADDED);

    List<DeadLetter> more = Collections.nCopies(DeadLetterStore.MOST_ADDED + 1, most.getFirst());
    assertThatThrownBy(() -> store.add(more)).isInstanceOf(IllegalArgumentException.class);
    assertThat(await(store.add(List.of()))).isEmpty();
  }
}
