package io.posthaste.provider.postgres;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.SqlSession;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.Queues.Defined;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.contract.MessageBuilder;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What it costs the neighbours of a message that cannot be stored: few statements. */
final class BadEntriesTest {
  private static final int BATCH = 1000;

  private final PostgresUnderTest under = PostgresUnderTest.onlyReplica();
  private final QueueProvider provider = under.provider();
  private final SqlSession session = SqlSession.at(under.url());
  private final Queue queue = define();

  /** Whether others have to be looked at. */
  private enum Sending {
    PLAIN,
    CAREFUL
  }

  @BeforeEach
  void count_statements() {
    session.run(
        """
        CREATE SEQUENCE inserts;
        CREATE FUNCTION count_insert() RETURNS trigger LANGUAGE plpgsql
          AS $$ BEGIN PERFORM nextval('inserts'); RETURN NULL; END $$;
        CREATE TRIGGER count_insert BEFORE INSERT ON message
          FOR EACH STATEMENT EXECUTE FUNCTION count_insert();
        ALTER TABLE message ADD CONSTRAINT sound CHECK (payload <> '"bad"')
        """);
  }

  @AfterEach
  void close() {
    under.close();
  }

  private Queue define() {
    Defined defined =
        await(under.queues().define(new QueueName("q"), provider.name(), QueuePolicy.DEFAULT));
    return ((Defined.Created) defined).queue();
  }

  private static <T> T await(Uni<T> answer) {
    return answer.await().atMost(Duration.ofSeconds(20));
  }

  private static List<NewMessage> batch(Sending sending) {
    List<NewMessage> batch = new ArrayList<>();
    for (int i = 0; i < BATCH; i++) {
      batch.add(
          sending == Sending.CAREFUL
              ? aMessage().withDeduplicationId("d" + i).build()
              : aMessage().build());
    }
    return batch;
  }

  private int inserts() {
    return Integer.parseInt(session.query("SELECT last_value FROM inserts"));
  }

  @ParameterizedTest
  @EnumSource
  void ids_that_are_taken_are_found_at_once(Sending sending) {
    List<NewMessage> batch = batch(sending);
    await(provider.send(queue, batch.subList(500, 510)));
    int before = inserts();

    List<SendOutcome> outcomes = await(provider.send(queue, batch));

    assertThat(inserts() - before).isEqualTo(2);
    assertThat(outcomes).hasSize(BATCH);
    for (int i = 0; i < outcomes.size(); i++) {
      NewMessage message = batch.get(i);
      assertThat(outcomes.get(i))
          .isEqualTo(
              i >= 500 && i < 510
                  ? new SendOutcome.Duplicate(message.id())
                  : new SendOutcome.Stored(message.id()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void message_that_cannot_be_stored_is_searched_for_by_halves(Sending sending) {
    List<NewMessage> batch = batch(sending);
    MessageBuilder bad = aMessage("bad");
    batch.set(700, (sending == Sending.CAREFUL ? bad.withDeduplicationId("bad") : bad).build());

    List<SendOutcome> outcomes = await(provider.send(queue, batch));

    assertThat(inserts()).isLessThan(25);
    assertThat(outcomes.get(700)).isInstanceOf(SendOutcome.Refused.class);
    assertThat(outcomes.get(701)).isEqualTo(new SendOutcome.Stored(batch.get(701).id()));
    assertThat(outcomes).filteredOn(SendOutcome.Stored.class::isInstance).hasSize(BATCH - 1);
  }
}
