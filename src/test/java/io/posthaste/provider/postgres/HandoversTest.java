package io.posthaste.provider.postgres;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.FreshDatabase;
import io.posthaste.message.Delivery;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.Queues.Defined;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.queue.ReceiveRequest.Handover;
import io.posthaste.queue.Recipient;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.impl.ContextInternal;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.impl.SqlConnectionInternal;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What PostgreSQL knows of deliveries when their replica is gone. To it, sockets that are closed
 * without a word are a killed replica; this one has no other way to confirm anything later.
 */
final class HandoversTest {
  private static final int SURE = HandoverDesk.CONNECTIONS * HandoverDesk.MOST_TOGETHER;
  private static final int MORE = SURE + 4;

  private final PostgresUnderTest under = PostgresUnderTest.twoReplicas();
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
  private final Pool closedPool = FreshDatabase.pool(vertx, under.url());
  private final List<SqlConnection> connections = new CopyOnWriteArrayList<>();
  private final List<Throwable> refused = new CopyOnWriteArrayList<>();
  private final Handovers handovers =
      new Handovers(vertx, closedPool, this::connection, (_, _) -> {});
  private Queue queue;

  @BeforeEach
  void start() throws Exception {
    get(closedPool.close());
    under.awaitConfirming();
    Defined defined =
        await(
            under
                .queues()
                .define(new QueueName("q"), under.provider().name(), QueuePolicy.DEFAULT));
    queue = ((Defined.Created) defined).queue();
    handovers.start();
    Awaitility.await()
        .until(() -> handovers.ready() && connections.size() == HandoverDesk.CONNECTIONS);
  }

  @AfterEach
  void close() throws Exception {
    handovers.stop();
    get(vertx.close());
    under.close();
  }

  @Test
  void what_was_written_right_before_the_end_is_confirmed() {
    Reader reader = new Reader(this::cut);

    handOver(receive(1), List.of(reader));

    Awaitility.await().until(() -> under.unconfirmedLeases() == 0);
    assertThat(reader.written).isTrue();
  }

  @Test
  void only_what_is_sure_to_be_confirmed_is_written_while_the_database_is_slow() throws Exception {
    List<Delivery> deliveries = receive(MORE);
    List<Reader> readers = IntStream.range(0, MORE).mapToObj(_ -> new Reader(() -> {})).toList();
    SqlConnection lock = lockedLeases();

    handOver(deliveries, readers);
    Awaitility.await().until(() -> written(readers) > 0);
    vertx.runOnContext(_ -> cut());
    Awaitility.await().until(() -> written(readers) + refused.size() == MORE);
    get(lock.query("ROLLBACK").execute());

    assertThat(written(readers)).isEqualTo(SURE);
    Awaitility.await().until(() -> under.unconfirmedLeases() == MORE - SURE);
    assertThat(refused).hasOnlyElementsOfType(ProviderUnavailable.class);
  }

  @Test
  void nobody_waits_longer_than_a_second_for_a_silent_database() throws Exception {
    List<Delivery> deliveries = receive(MORE);
    List<Reader> readers = IntStream.range(0, MORE).mapToObj(_ -> new Reader(() -> {})).toList();
    SqlConnection lock = lockedLeases();

    handOver(deliveries, readers);
    Awaitility.await().atMost(Duration.ofSeconds(3)).until(() -> refused.size() == MORE - SURE);

    get(lock.query("ROLLBACK").execute());
    assertThat(refused).hasOnlyElementsOfType(ProviderUnavailable.class);
  }

  private SqlConnection lockedLeases() throws Exception {
    SqlConnection connection = get(FreshDatabase.connection(vertx, under.url()));
    get(connection.query("BEGIN").execute());
    get(connection.query("SELECT id FROM lease FOR UPDATE").execute());
    return connection;
  }

  private static long written(List<Reader> readers) {
    return readers.stream().filter(reader -> reader.written).count();
  }

  /** From a context of the event loop that is not its own, as requests have. */
  private void handOver(List<Delivery> deliveries, List<Reader> readers) {
    vertx.runOnContext(
        _ ->
            ContextInternal.current()
                .duplicate()
                .dispatch(
                    () -> {
                      for (int i = 0; i < readers.size(); i++) {
                        handovers
                            .handOver(queue, deliveries.subList(i, i + 1), readers.get(i))
                            .subscribe()
                            .with(_ -> {}, refused::add);
                      }
                    }));
  }

  private List<Delivery> receive(int leases) {
    return IntStream.range(0, leases)
        .mapToObj(
            _ -> {
              await(under.provider().send(queue, List.of(aMessage().build())));
              ReceiveRequest one =
                  new ReceiveRequest(1, Duration.ofMinutes(5), Duration.ZERO, Handover.ANNOUNCED);
              return await(under.provider().receive(queue, one)).getFirst();
            })
        .toList();
  }

  private Future<SqlConnection> connection() {
    return FreshDatabase.connection(vertx, under.url()).onSuccess(connections::add);
  }

  private void cut() {
    for (SqlConnection connection : connections) {
      var socket =
          (SocketConnectionBase) ((SqlConnectionInternal) connection).unwrap().unwrap().unwrap();
      socket.socket().channelHandlerContext().channel().close();
    }
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(Duration.ofSeconds(20));
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  /** Notes that it was written to. */
  private static final class Reader implements Recipient {
    private final Runnable then;
    private volatile boolean written;

    Reader(Runnable then) {
      this.then = then;
    }

    @Override
    public boolean gone() {
      return false;
    }

    @Override
    public void prepare() {}

    @Override
    public void send() {
      written = true;
      then.run();
    }
  }
}
