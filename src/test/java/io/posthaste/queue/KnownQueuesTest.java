package io.posthaste.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.smallrye.mutiny.Uni;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class KnownQueuesTest {
  private static final QueueName ORDERS = new QueueName("orders");

  private final SlowStore store = new SlowStore();
  private final KnownQueues known = new KnownQueues(store);

  @Test
  void queue_that_was_looked_up_is_known_by_name_and_id() {
    CompletableFuture<Queue> first = get();
    store.answer(0, queue(1, 5));

    assertThat(first.join().id()).isEqualTo(1);
    assertThat(get().join().id()).isEqualTo(1);
    assertThat(byId(1)).containsOnlyKeys(1);
    assertThat(store.looks).hasSize(1);
  }

  @Test
  void those_who_ask_at_the_same_time_share_a_look() {
    CompletableFuture<Queue> one = get();
    CompletableFuture<Queue> other = get();
    store.answer(0, queue(1, 5));

    assertThat(one.join()).isSameAs(other.join());
    assertThat(store.looks).hasSize(1);
  }

  @Test
  void what_was_read_before_a_change_is_not_remembered_after_it() {
    CompletableFuture<Queue> early = get();
    store.change(Optional.of(ORDERS));
    store.answer(0, queue(1, 5));
    CompletableFuture<Queue> late = get();
    store.answer(1, queue(1, 9));

    assertThat(early.join().changedAt()).isEqualTo(version(5));
    assertThat(late.join().changedAt()).isEqualTo(version(9));
    assertThat(get().join().changedAt()).isEqualTo(version(9));
  }

  @Test
  void who_asks_after_a_change_does_not_join_a_look_from_before() {
    get();
    store.change(Optional.of(ORDERS));
    CompletableFuture<Queue> late = get();
    store.answer(1, queue(1, 9));
    store.answer(0, queue(1, 5));

    assertThat(late.join().changedAt()).isEqualTo(version(9));
    assertThat(get().join().changedAt()).isEqualTo(version(9));
  }

  @Test
  void queue_that_was_defined_anew_is_not_known_by_its_old_id() {
    get();
    store.answer(0, queue(1, 5));
    store.change(Optional.of(ORDERS));
    get();
    store.answer(1, queue(2, 5));

    assertThat(byId(1)).isEmpty();
    assertThat(byId(2)).containsOnlyKeys(2);
  }

  @Test
  void lost_words_make_everything_unknown() {
    get();
    store.answer(0, queue(1, 5));
    store.change(Optional.empty());

    assertThat(get()).isNotDone();
    assertThat(byId(1)).isEmpty();
  }

  private CompletableFuture<Queue> get() {
    return known.get(ORDERS).subscribeAsCompletionStage();
  }

  private Map<Integer, Queue> byId(int id) {
    return known.byId(List.of(id)).await().indefinitely();
  }

  private static Queue queue(int id, int version) {
    return new Queue(id, ORDERS, "postgres", QueuePolicy.DEFAULT, Instant.EPOCH, version(version));
  }

  private static Instant version(int number) {
    return Instant.ofEpochSecond(number);
  }

  /** Answers a look by name when told to, and knows nothing by id. */
  private static final class SlowStore extends UnusedStore {
    final List<CompletableFuture<Optional<Queue>>> looks = new ArrayList<>();
    private @Nullable Consumer<Optional<QueueName>> listener;

    void answer(int look, Queue queue) {
      looks.get(look).complete(Optional.of(queue));
    }

    void change(Optional<QueueName> name) {
      Objects.requireNonNull(listener).accept(name);
    }

    @Override
    public Uni<Optional<Queue>> find(QueueName name) {
      CompletableFuture<Optional<Queue>> look = new CompletableFuture<>();
      looks.add(look);
      return Uni.createFrom().completionStage(look);
    }

    @Override
    public Uni<List<Queue>> findAll(Collection<Integer> ids) {
      return Uni.createFrom().item(List.of());
    }

    @Override
    public void onChange(Consumer<Optional<QueueName>> told) {
      listener = told;
    }
  }
}
