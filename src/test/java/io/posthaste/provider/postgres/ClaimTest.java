package io.posthaste.provider.postgres;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.database.FreshDatabase;
import io.posthaste.database.SqlSession;
import io.posthaste.message.UuidV7;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.Queues.Defined;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.store.SettableClock;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A claim whose second half PostgreSQL refuses. */
final class ClaimTest {
  private static final Duration LEASE = Duration.ofMinutes(5);

  private final PostgresUnderTest under = PostgresUnderTest.onlyReplica();
  private final Vertx vertx = Vertx.vertx();
  private final Pool pool = FreshDatabase.pool(vertx, under.url());
  private final Claim claim =
      new Claim(
          pool,
          new SettableClock(),
          new UuidV7(InstantSource.system(), RandomGenerator.getDefault()),
          () -> false);

  @AfterEach
  void close() {
    get(pool.close());
    under.close();
    get(vertx.close());
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(Duration.ofSeconds(20));
  }

  private static <T> T get(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Test
  void nothing_is_delivered_if_what_nobody_waits_for_cannot_be_put_back() {
    var defined =
        (Defined.Created)
            await(
                under
                    .queues()
                    .define(new QueueName("q"), under.provider().name(), QueuePolicy.DEFAULT));
    Queue queue = defined.queue();
    await(under.provider().send(queue, List.of(aMessage().build(), aMessage().build())));
    refuseReadyRows();

    Claim.Open open =
        get(claim.take(List.of(new Claim.Want(queue.id(), 0, 0, 2, Duration.ofDays(1)))));
    Claim.Grant one =
        new Claim.Grant(
            queue.id(), open.taken().subList(0, 1), new ReceiveRequest(1, LEASE, Duration.ZERO));

    assertThatThrownBy(() -> get(claim.grant(open, List.of(one), open.taken().subList(1, 2))))
        .hasMessageContaining("refused");
    SqlSession session = SqlSession.at(under.url());
    assertThat(session.query("SELECT count(*) FROM ready")).isEqualTo("2");
    assertThat(session.query("SELECT count(*) FROM lease")).isEqualTo("0");
  }

  private void refuseReadyRows() {
    SqlSession.at(under.url())
        .run(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
              AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON ready
              FOR EACH ROW EXECUTE FUNCTION refuse()
            """);
  }
}
