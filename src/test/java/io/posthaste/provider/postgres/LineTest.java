package io.posthaste.provider.postgres;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.posthaste.message.Delivery;
import io.posthaste.message.Message;
import io.posthaste.provider.Waiter;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.ReceiveRequest;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Moments of the process are written in seconds, due times in microseconds of the database. */
final class LineTest {
  private static final Queue QUEUE =
      new Queue(
          1, new QueueName("q"), "postgres", QueuePolicy.DEFAULT, Instant.EPOCH, Instant.EPOCH);
  private static final long FIRST_LOOK = at(1);

  private final Line line = new Line(QUEUE, false, at(0));

  private static long at(int seconds) {
    return Duration.ofSeconds(seconds).toNanos();
  }

  private static Waiter waiter(int max, Duration wait) {
    Waiter[] made = new Waiter[1];
    Uni.createFrom()
        .<List<Delivery>>emitter(
            emitter ->
                made[0] =
                    new Waiter(new ReceiveRequest(max, Duration.ofSeconds(30), wait), emitter))
        .subscribe()
        .with(_ -> {});
    return made[0];
  }

  private Waiter join(Line line, int max, Duration wait, long now) {
    Waiter waiter = waiter(max, wait);
    line.join(waiter, QUEUE, now);
    return waiter;
  }

  private static Claim.Taken taken(int priority, long due) {
    var message = aMessage().withPriority(priority).build();
    return new Claim.Taken(1, new Message(message.id(), message.content(), Instant.EPOCH), 0, due);
  }

  private List<Integer> priorities(List<Claim.Want> wants) {
    return wants.stream().map(Claim.Want::priority).toList();
  }

  /** Looks once, finds nothing, and keeps a receiver that waits. */
  private void looked() {
    join(line, 10, Duration.ofSeconds(20), FIRST_LOOK);
    line.startClaim(100, FIRST_LOOK);
    assertThat(line.endClaim(List.of(), false, FIRST_LOOK)).isTrue();
  }

  @Test
  void nobody_waiting_means_no_look() {
    assertThat(line.hungry(at(100))).isFalse();
  }

  @Test
  void first_look_goes_everywhere_from_the_greatest_priority_down() {
    join(line, 7, Duration.ZERO, FIRST_LOOK);

    List<Claim.Want> wants = line.startClaim(100, FIRST_LOOK);

    assertThat(priorities(wants)).containsExactly(9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    assertThat(wants)
        .allSatisfy(
            want -> {
              assertThat(want.sinceMicros()).isZero();
              assertThat(want.most()).isEqualTo(7);
            });
  }

  @Test
  void queue_found_empty_is_left_alone_until_word_comes() {
    looked();
    assertThat(line.hungry(at(2))).isFalse();

    line.signal(new Signal(1, 4, 500, 0));

    assertThat(line.hungry(at(2))).isTrue();
    assertThat(priorities(line.startClaim(100, at(2)))).containsExactly(4);
  }

  @Test
  void newcomer_gets_an_honest_look() {
    looked();

    join(line, 1, Duration.ZERO, at(2));

    assertThat(line.hungry(at(2))).isTrue();
    assertThat(line.startClaim(100, at(2))).hasSize(10);
  }

  @Test
  void next_look_begins_where_the_last_one_ended() {
    looked();
    line.signal(new Signal(1, 3, 500, 0));
    line.startClaim(100, at(2));
    line.endClaim(IntStream.range(0, 10).mapToObj(i -> taken(3, 500 + i)).toList(), false, at(2));

    assertThat(line.startClaim(100, at(2)))
        .singleElement()
        .satisfies(want -> assertThat(want.sinceMicros()).isEqualTo(509));
  }

  @Test
  void message_below_the_hint_moves_it_back() {
    next_look_begins_where_the_last_one_ended();
    line.endClaim(List.of(), false, at(2));

    line.signal(new Signal(1, 3, 100, 0));

    assertThat(line.startClaim(100, at(2)))
        .singleElement()
        .satisfies(want -> assertThat(want.sinceMicros()).isEqualTo(100));
  }

  @Test
  void word_that_comes_during_a_look_is_not_lost_with_its_result() {
    looked();
    line.signal(new Signal(1, 3, 500, 0));
    line.startClaim(100, at(2));

    line.signal(new Signal(1, 3, 200, 0));
    line.signal(new Signal(1, 6, 900, 0));
    line.endClaim(List.of(taken(3, 700)), false, at(2));

    assertThat(line.hungry(at(2))).isTrue();
    assertThat(line.startClaim(100, at(2)))
        .extracting(Claim.Want::priority, Claim.Want::sinceMicros)
        .containsExactly(tuple(6, 0L), tuple(3, 200L));
  }

  @Test
  void hints_are_dropped_every_few_seconds() {
    next_look_begins_where_the_last_one_ended();
    line.endClaim(List.of(), false, at(2));

    assertThat(line.hungry(at(5))).isFalse();
    assertThat(line.hungry(at(7))).isTrue();
    assertThat(line.startClaim(100, at(7)))
        .hasSize(10)
        .allSatisfy(want -> assertThat(want.sinceMicros()).isZero());
  }

  @Test
  void one_of_several_replicas_looks_everywhere_and_a_little_back() {
    Line shared = new Line(QUEUE, true, at(0));
    join(shared, 10, Duration.ofSeconds(20), FIRST_LOOK);
    shared.startClaim(100, FIRST_LOOK);
    shared.endClaim(List.of(taken(0, 1_000_000)), false, FIRST_LOOK);
    shared.signal(new Signal(1, 0, 2_000_000, 0));

    List<Claim.Want> wants = shared.startClaim(100, at(2));

    assertThat(wants).hasSize(10);
    assertThat(wants.getLast().sinceMicros()).isEqualTo(750_000);
  }

  @Test
  void look_that_failed_leaves_no_knowledge() {
    looked();
    line.signal(new Signal(1, 3, 500, 0));
    line.startClaim(100, at(2));
    assertThat(line.hungry(at(2))).isFalse();

    line.failClaim(at(2));

    assertThat(line.hungry(at(2))).isTrue();
    assertThat(line.startClaim(100, at(2))).hasSize(10);
  }

  @Test
  void look_cut_short_for_size_does_not_mean_that_all_is_taken() {
    join(line, 10, Duration.ZERO, FIRST_LOOK);
    line.startClaim(100, FIRST_LOOK);

    assertThat(line.endClaim(List.of(taken(0, 5)), true, FIRST_LOOK)).isFalse();
    assertThat(line.hungry(FIRST_LOOK)).isTrue();
  }

  @Test
  void first_come_is_served_first_and_those_gone_are_passed_over() {
    Waiter gone = join(line, 5, Duration.ZERO, FIRST_LOOK);
    Waiter first = join(line, 2, Duration.ZERO, FIRST_LOOK);
    Waiter second = join(line, 5, Duration.ZERO, FIRST_LOOK);
    gone.leave();

    List<Line.Served> served =
        line.serve(IntStream.range(0, 3).mapToObj(i -> taken(0, i)).toList());

    assertThat(served.stream().map(Line.Served::waiter)).containsExactly(first, second);
    assertThat(served.stream().map(it -> it.grant().messages().size())).containsExactly(2, 1);
  }

  @Test
  void those_who_do_not_wait_are_answered_when_there_is_nothing() {
    Waiter impatient = join(line, 1, Duration.ZERO, FIRST_LOOK);
    Waiter patient = join(line, 1, Duration.ofSeconds(20), FIRST_LOOK);
    line.startClaim(100, FIRST_LOOK);
    Waiter late = join(line, 1, Duration.ZERO, FIRST_LOOK);
    line.endClaim(List.of(), false, FIRST_LOOK);

    assertThat(line.removeImpatient()).containsExactly(impatient);
    assertThat(line.waiters()).containsExactly(patient, late);
  }

  @Test
  void failure_to_hand_out_what_a_claim_took_leaves_the_claim_that_follows_under_way() {
    join(line, 1, Duration.ofSeconds(20), FIRST_LOOK);
    line.startClaim(100, FIRST_LOOK);
    List<Claim.Taken> first = List.of(taken(0, 50));
    line.endClaim(first, false, FIRST_LOOK);
    line.serve(first);
    join(line, 9, Duration.ofSeconds(20), FIRST_LOOK);
    line.startClaim(100, FIRST_LOOK);

    line.forgetHints(FIRST_LOOK);

    assertThat(line.claiming()).isTrue();
    line.endClaim(List.of(taken(0, 60)), false, FIRST_LOOK);
    assertThat(line.startClaim(100, FIRST_LOOK))
        .filteredOn(want -> want.priority() == 0)
        .extracting(Claim.Want::sinceMicros)
        .containsExactly(0L);
  }

  @Test
  void demand_is_what_all_together_ask_for_up_to_the_limit() {
    join(line, 60, Duration.ZERO, FIRST_LOOK);
    join(line, 70, Duration.ZERO, FIRST_LOOK);

    line.startClaim(100, FIRST_LOOK);

    assertThat(line.demand()).isEqualTo(100);
  }
}
