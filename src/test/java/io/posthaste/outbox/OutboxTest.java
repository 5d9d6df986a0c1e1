package io.posthaste.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.FreshDatabase;
import io.posthaste.database.NotificationsForTests;
import io.posthaste.database.SqlSession;
import io.posthaste.deadletter.DeadLetter;
import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.message.Content;
import io.posthaste.message.Due;
import io.posthaste.message.Message;
import io.posthaste.message.MessageId;
import io.posthaste.message.Payload;
import io.posthaste.message.UuidV7;
import io.posthaste.outbox.Admission.Arrival;
import io.posthaste.outbox.RecordingRelay.Published;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.MessageState;
import io.posthaste.queue.Move;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.QueueStore;
import io.posthaste.queue.Queues;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.StoredMessage;
import io.posthaste.store.SettableClock;
import io.posthaste.store.StoresForTests;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class OutboxTest {
  private static final UuidV7 IDS =
      new UuidV7(InstantSource.system(), RandomGenerator.getDefault());
  private static final Duration LIMIT = Duration.ofSeconds(15);

  private final Vertx vertx = Vertx.vertx();
  private final SettableClock clock = new SettableClock();
  private final String url = FreshDatabase.create();
  private final RecordingRelay near = new RecordingRelay("near");
  private final RecordingRelay far = new RecordingRelay("far");
  private OutboxReplica replica;
  private QueueStore store;
  private Queue queue;

  @BeforeEach
  void open() {
    replica = new OutboxReplica(vertx, url, clock, near, far);
    store =
        StoresForTests.queues(replica.pool(), NotificationsForTests.started(vertx, replica.pool()));
    queue = queue("one", "near");
  }

  @AfterEach
  void close() {
    replica.close();
    vertx.close();
  }

  private Queue queue(String name, String provider) {
    return done(store.insert(new QueueName(name), provider, QueuePolicy.DEFAULT)).orElseThrow();
  }

  private static <T> T done(Uni<T> uni) {
    return uni.await().atMost(LIMIT);
  }

  private MessageId add(Queue to, Duration delay) {
    NewMessage message = message(delay);
    assertThat(done(replica.outbox().add(List.of(OutboxEntry.first(to, message)))))
        .containsExactly(new SendOutcome.Stored(message.id()));
    return message.id();
  }

  private static NewMessage message(Duration delay) {
    Content content = Content.of(new Payload.Json("1".getBytes(StandardCharsets.UTF_8)));
    return new NewMessage(new MessageId(IDS.next()), content, new Due.After(delay), null);
  }

  private static void await(RecordingRelay relay, int messages) {
    Awaitility.await().atMost(LIMIT).until(() -> relay.published().size() >= messages);
  }

  private void pass(Duration span) {
    clock.leap(span);
    replica.lookAgain();
  }

  private String rows() {
    return SqlSession.at(url).query("SELECT count(*) FROM outbox");
  }

  @Test
  void message_is_published_when_it_falls_due_and_not_before() {
    Instant began = Instant.now();
    MessageId id = add(queue, Duration.ofMillis(300));

    await(near, 1);

    Published published = near.published().getFirst();
    assertThat(published.id()).isEqualTo(id);
    assertThat(published.message().attempt()).isZero();
    assertThat(Duration.between(began, published.at())).isGreaterThan(Duration.ofMillis(299));
    Awaitility.await().atMost(LIMIT).until(() -> rows().equals("0"));
  }

  @Test
  void later_message_does_not_hold_up_an_earlier_one() {
    add(queue, Duration.ofHours(1));
    MessageId id = add(queue, Duration.ofMillis(50));

    await(near, 1);

    assertThat(near.ids()).containsExactly(id);
  }

  @Test
  void delay_of_ten_years_is_kept() {
    MessageId id = add(queue, Due.MAX_DELAY);

    pass(Due.MAX_DELAY.minusSeconds(10));
    assertThat(done(replica.outbox().find(queue, id)).orElseThrow().state())
        .isEqualTo(MessageState.DELAYED);
    pass(Duration.ofSeconds(10));

    await(near, 1);
    assertThat(near.ids()).containsExactly(id);
  }

  @Test
  void thousands_are_moved_once_by_two_replicas() {
    try (var other = new OutboxReplica(vertx, url, clock, near, far)) {
      List<OutboxEntry> entries =
          IntStream.range(0, 3000)
              .mapToObj(_ -> OutboxEntry.first(queue, message(Duration.ofMillis(200))))
              .toList();
      done(other.outbox().add(entries));

      await(near, 3000);

      Awaitility.await().atMost(LIMIT).until(() -> rows().equals("0"));
      assertThat(near.ids())
          .doesNotHaveDuplicates()
          .containsExactlyInAnyOrderElementsOf(
              entries.stream().map(entry -> entry.message().id()).toList());
    }
  }

  @Test
  void what_one_replica_added_is_moved_by_another_when_it_is_gone() {
    MessageId id;
    try (var other = new OutboxReplica(vertx, url, clock)) {
      NewMessage message = message(Duration.ofSeconds(30));
      done(other.outbox().add(List.of(OutboxEntry.first(queue, message))));
      id = message.id();
    }

    pass(Duration.ofSeconds(31));

    await(near, 1);
    assertThat(near.ids()).containsExactly(id);
  }

  @Test
  void broker_that_is_away_holds_up_no_other_and_loses_nothing() {
    Queue other = queue("other", "far");
    near.away(true);
    MessageId waiting = add(queue, Duration.ZERO);
    MessageId moved = add(other, Duration.ofMillis(20));

    await(far, 1);
    assertThat(far.ids()).containsExactly(moved);
    assertThat(near.published()).isEmpty();
    near.away(false);

    await(near, 1);
    assertThat(near.ids()).containsExactly(waiting);
  }

  @Test
  void queue_that_fails_or_hangs_holds_up_no_other() {
    Queue failing = queue("failing", "near");
    Queue hanging = queue("hanging", "near");
    near.fails(failing.name());
    near.hangs(hanging.name());
    MessageId first = add(failing, Duration.ZERO);
    MessageId second = add(hanging, Duration.ZERO);
    MessageId third = add(queue, Duration.ofMillis(20));

    await(near, 1);
    assertThat(near.ids()).containsExactly(third);
    near.heal();

    await(near, 3);
    assertThat(near.ids()).contains(first, second);
  }

  @Test
  void message_that_its_broker_never_takes_is_a_dead_letter() {
    Queue large = queue("large", "near");
    near.refuses(queue.name(), new SendOutcome.Refused("its headers are too large"));
    near.refuses(large.name(), new SendOutcome.TooLarge(7, 6));
    DeadLetterStore letters = StoresForTests.deadLetters(replica.pool());

    MessageId refused = add(queue, Duration.ZERO);
    MessageId tooLarge = add(large, Duration.ZERO);

    Awaitility.await().atMost(LIMIT).until(() -> rows().equals("0"));
    DeadLetter letter = done(letters.find(refused)).orElseThrow();
    assertThat(letter.queue()).isEqualTo("one");
    assertThat(letter.deadLetterClass()).isEqualTo(DeadLetterClass.POISON);
    assertThat(letter.reason()).isEqualTo("its headers are too large");
    assertThat(letter.message().content().payload().size()).isOne();
    assertThat(done(letters.find(tooLarge)).orElseThrow().reason())
        .isEqualTo("its payload has 7 bytes, the queue takes 6");
  }

  @Test
  void waiting_messages_are_counted_listed_and_found() {
    MessageId later = add(queue, Duration.ofHours(2));
    MessageId sooner = add(queue, Duration.ofHours(1));

    List<StoredMessage> listed =
        done(replica.outbox().peek(queue, Optional.of(MessageState.DELAYED), 10));

    assertThat(listed).extracting(it -> it.message().id()).containsExactly(sooner, later);
    assertThat(listed).extracting(StoredMessage::attempt).containsOnly(0);
    assertThat(done(replica.outbox().peek(queue, Optional.of(MessageState.AVAILABLE), 10)))
        .isEmpty();
    assertThat(done(replica.outbox().peek(queue, Optional.of(MessageState.LEASED), 10))).isEmpty();
    assertThat(done(replica.outbox().peek(queue, Optional.empty(), 1))).hasSize(1);
    assertThat(done(replica.outbox().count(queue))).isEqualTo(new Waiting(2, 0, null));
    assertThat(done(replica.outbox().overview("near")))
        .containsOnly(java.util.Map.entry(queue.name(), new Waiting(2, 0, null)));
    assertThat(done(replica.outbox().find(queue, later))).isPresent();
    assertThat(done(replica.outbox().find(queue, new MessageId(IDS.next())))).isEmpty();
  }

  @Test
  void due_messages_of_a_broker_that_is_away_are_counted_apart() {
    near.away(true);
    add(queue, Duration.ofSeconds(1));
    pass(Duration.ofSeconds(11));

    Waiting waiting = done(replica.outbox().count(queue));

    assertThat(waiting.due()).isOne();
    assertThat(waiting.delayed()).isZero();
    assertThat(waiting.oldestAge()).isBetween(Duration.ofSeconds(10), Duration.ofSeconds(20));
  }

  @Test
  void due_time_is_moved_earlier_and_later() {
    MessageId sooner = add(queue, Duration.ofHours(1));
    MessageId later = add(queue, Duration.ofMillis(500));

    assertThat(done(replica.outbox().reschedule(queue, later, new Due.After(Duration.ofHours(1)))))
        .isTrue();
    assertThat(done(replica.outbox().reschedule(queue, sooner, Due.NOW))).isTrue();

    await(near, 1);
    pass(Duration.ofMillis(600));
    assertThat(near.ids()).containsExactly(sooner);
    assertThat(done(replica.outbox().reschedule(queue, sooner, Due.NOW))).isFalse();
  }

  @Test
  void cancelled_and_purged_messages_are_never_published() {
    Queue other = queue("other", "near");
    MessageId id = add(queue, Duration.ofMillis(500));
    add(other, Duration.ofMillis(500));
    MessageId kept = add(queue, Duration.ofMillis(600));

    assertThat(done(replica.outbox().cancel(queue, id))).isTrue();
    assertThat(done(replica.outbox().cancel(queue, id))).isFalse();
    assertThat(done(replica.outbox().purge(other.id()))).isOne();

    await(near, 1);
    assertThat(near.ids()).containsExactly(kept);
  }

  @Test
  void messages_of_a_queue_that_is_gone_are_refused_or_dropped() {
    add(queue, Duration.ofMillis(400));
    done(store.delete(queue, Queues.Removal.WITH_MESSAGES));

    assertThat(
            done(
                replica
                    .outbox()
                    .add(List.of(OutboxEntry.first(queue, message(Duration.ofHours(1)))))))
        .containsExactly(new SendOutcome.QueueChanged());
    // The queue may be known from memory for a while; this replica has never asked for it
    Awaitility.await().atMost(LIMIT).until(() -> rows().equals("0"));
    assertThat(near.published()).isEmpty();
  }

  @Test
  void message_that_is_added_again_begins_a_new_stay() {
    MessageId id = add(queue, Duration.ofHours(1));
    Instant firstDue = Instant.parse("2026-01-01T00:00:00Z");
    var message = done(replica.outbox().find(queue, id)).orElseThrow().message();

    done(
        replica
            .outbox()
            .add(
                List.of(
                    OutboxEntry.again(
                        queue, message, Due.NOW, new OutboxEntry.Retry(3, firstDue, null)))));

    await(near, 1);
    assertThat(near.published().getFirst().message().attempt()).isEqualTo(3);
    assertThat(near.published().getFirst().message().firstDue()).isEqualTo(firstDue);
    assertThat(near.published().getFirst().message().message().enqueuedAt())
        .isEqualTo(message.enqueuedAt());
    Awaitility.await().atMost(LIMIT).until(() -> rows().equals("0"));
  }

  @Test
  void one_of_two_copies_is_admitted_and_again_when_asked_again() {
    MessageId id = new MessageId(IDS.next());
    Arrival first = arrival(id, new Move(7, UUID.randomUUID()));
    Arrival second = arrival(id, new Move(7, UUID.randomUUID()));
    Arrival original = arrival(id, null);

    assertThat(admitted(first)).containsExactly(first);
    assertThat(admitted(second, first)).containsExactly(first);
    assertThat(admitted(original)).isEmpty();
    Arrival later = arrival(id, new Move(9, UUID.randomUUID()));
    assertThat(admitted(later)).containsExactly(later);
    assertThat(admitted(first)).isEmpty();
  }

  @Test
  void original_is_void_once_its_message_waits_for_a_retry_or_was_moved() {
    Arrival original = arrival(new MessageId(IDS.next()), null);
    assertThat(admitted(original)).containsExactly(original);
    NewMessage message =
        new NewMessage(
            original.id(), message(Duration.ZERO).content(), new Due.After(Duration.ZERO), null);
    near.away(true);
    done(
        replica
            .outbox()
            .add(
                List.of(
                    new OutboxEntry(
                        queue,
                        message,
                        1,
                        new OutboxEntry.Past(Instant.now(), Instant.now(), null)))));

    assertThat(admitted(original)).isEmpty();
    near.away(false);
    await(near, 1);
    Awaitility.await().atMost(LIMIT).until(() -> rows().equals("0"));

    assertThat(admitted(original)).isEmpty();
    Arrival moved = arrival(original.id(), near.published().getFirst().message().move());
    assertThat(admitted(moved)).containsExactly(moved);
  }

  @Test
  void message_that_is_a_dead_letter_is_void_in_its_queue_and_no_other() {
    Arrival dead = arrival(new MessageId(IDS.next()), null);
    Message message = new Message(dead.id(), message(Duration.ZERO).content(), Instant.EPOCH);
    DeadLetterClass why = DeadLetterClass.REJECTED_PERMANENTLY;
    done(
        StoresForTests.deadLetters(replica.pool())
            .add(List.of(new DeadLetter(message, "one", why, "no", 1, Instant.EPOCH, List.of()))));

    assertThat(admitted(dead)).isEmpty();
    Arrival elsewhere = Arrival.in(queue("other", "near"), dead.id(), null);
    assertThat(admitted(elsewhere)).containsExactly(elsewhere);
  }

  @Test
  void one_id_in_two_queues_is_two_messages() {
    Queue other = queue("two", "near");
    NewMessage message = message(Duration.ofHours(1));
    assertThat(
            done(
                replica
                    .outbox()
                    .add(
                        List.of(
                            OutboxEntry.first(queue, message), OutboxEntry.first(other, message)))))
        .hasSize(2);
    assertThat(rows()).isEqualTo("2");

    assertThat(done(replica.outbox().cancel(queue, message.id()))).isTrue();
    assertThat(done(replica.outbox().find(queue, message.id()))).isEmpty();
    assertThat(done(replica.outbox().find(other, message.id()))).isPresent();
    assertThat(done(replica.outbox().reschedule(other, message.id(), Due.NOW))).isTrue();

    await(near, 1);
    Arrival moved = Arrival.in(other, message.id(), near.published().getFirst().message().move());
    assertThat(admitted(moved)).containsExactly(moved);
    Arrival anew = arrival(message.id(), new Move(moved.move().entry() + 1, UUID.randomUUID()));
    assertThat(admitted(anew)).containsExactly(anew);
    assertThat(admitted(moved, anew)).containsExactlyInAnyOrder(moved, anew);
  }

  @Test
  void letters_of_one_id_that_two_queues_refuse_are_both_kept() {
    Queue other = queue("two", "near");
    SendOutcome tooMuch = new SendOutcome.Refused("its headers are too large");
    near.refuses(queue.name(), tooMuch);
    near.refuses(other.name(), tooMuch);
    NewMessage message = message(Duration.ZERO);

    done(
        replica
            .outbox()
            .add(List.of(OutboxEntry.first(queue, message), OutboxEntry.first(other, message))));

    Awaitility.await().atMost(LIMIT).until(() -> rows().equals("0"));
    assertThat(
            SqlSession.at(url)
                .query("SELECT string_agg(queue, ' ' ORDER BY queue) FROM dead_letter"))
        .isEqualTo("one two");
  }

  @Test
  void copy_of_a_cancelled_message_is_void() {
    MessageId id = add(queue, Duration.ofHours(1));
    long entry =
        Long.parseLong(
            SqlSession.at(url).query("SELECT entry FROM outbox WHERE id = '" + id + "'"));
    done(replica.outbox().cancel(queue, id));

    assertThat(admitted(arrival(id, new Move(entry, UUID.randomUUID())))).isEmpty();
  }

  @Test
  void what_was_admitted_is_forgotten_after_a_month() {
    Arrival arrival = arrival(new MessageId(IDS.next()), new Move(1, UUID.randomUUID()));
    admitted(arrival);
    clock.leap(Duration.ofDays(Admission.MEMORY_DAYS + 1));

    assertThat(
            done(Uni.createFrom().completionStage(replica.admission().clean().toCompletionStage())))
        .isFalse();

    assertThat(SqlSession.at(url).query("SELECT count(*) FROM moved")).isEqualTo("0");
  }

  @Test
  void mark_is_read_as_it_was_written() {
    Move move = new Move(12, UUID.randomUUID());

    assertThat(Move.parse(move.toString())).isEqualTo(move);
  }

  private Arrival arrival(MessageId id, @Nullable Move move) {
    return Arrival.in(queue, id, move);
  }

  private Set<Arrival> admitted(Arrival... arrivals) {
    return done(replica.admission().admit(List.of(arrivals)));
  }
}
