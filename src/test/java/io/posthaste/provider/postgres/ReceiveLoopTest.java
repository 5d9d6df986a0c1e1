package io.posthaste.provider.postgres;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.database.FreshDatabase;
import io.posthaste.database.SqlSession;
import io.posthaste.message.Delivery;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.Queues.Defined;
import io.posthaste.queue.ReceiveRequest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Receivers while a claim or the writing of leases does not come to an end. */
final class ReceiveLoopTest {
  private static final Duration LEASE = Duration.ofMinutes(5);
  private static final Duration LONG = Duration.ofSeconds(20);

  private final PostgresUnderTest under = PostgresUnderTest.onlyReplica();
  private final QueueProvider provider = under.provider();
  private final Vertx vertx = Vertx.vertx();
  private final Queue queue = define("one");
  private final Queue other = define("other");
  private final SqlConnection holder = get(FreshDatabase.connection(vertx, under.url()));

  @AfterEach
  void close() {
    get(holder.close());
    under.close();
    get(vertx.close());
  }

  private Queue define(String name) {
    Defined defined =
        await(under.queues().define(new QueueName(name), provider.name(), QueuePolicy.DEFAULT));
    return ((Defined.Created) defined).queue();
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(Duration.ofSeconds(20));
  }

  private static <T> T get(Future<T> future) {
    return get(future.toCompletionStage().toCompletableFuture());
  }

  private static <T> T get(CompletableFuture<T> future) {
    return future.orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static CompletableFuture<List<Delivery>> asked(Uni<List<Delivery>> answer) {
    return answer.subscribeAsCompletionStage().toCompletableFuture();
  }

  private static ReceiveRequest upTo(int max, Duration wait) {
    return new ReceiveRequest(max, LEASE, wait);
  }

  private void awaitStuck(int statements) {
    SqlSession session = SqlSession.at(under.url());
    String stuck =
        "SELECT count(*) FROM pg_stat_activity"
            + " WHERE datname = current_database() AND wait_event_type = 'Lock'";
    Awaitility.await().until(() -> session.query(stuck).equals(String.valueOf(statements)));
  }

  @Test
  void receive_that_does_not_wait_is_refused_in_time_though_a_claim_of_others_is_stuck() {
    get(holder.query("BEGIN").execute());
    get(holder.query("LOCK TABLE ready").execute());
    CompletableFuture<List<Delivery>> stuck = asked(provider.receive(other, upTo(1, LONG)));
    awaitStuck(1);

    CompletableFuture<List<Delivery>> refused =
        asked(provider.receive(queue, upTo(1, Duration.ZERO)));

    assertThatThrownBy(() -> refused.orTimeout(3, TimeUnit.SECONDS).join())
        .hasCauseInstanceOf(ProviderUnavailable.class);
    assertThatThrownBy(() -> get(stuck)).hasCauseInstanceOf(ProviderUnavailable.class);
    get(holder.query("ROLLBACK").execute());
  }
}
