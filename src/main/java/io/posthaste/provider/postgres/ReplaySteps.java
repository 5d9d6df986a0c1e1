package io.posthaste.provider.postgres;

import static java.util.Objects.requireNonNullElse;

import io.posthaste.deadletter.MergePatch;
import io.posthaste.message.Content;
import io.posthaste.message.Due;
import io.posthaste.message.InvalidField;
import io.posthaste.message.Message;
import io.posthaste.outbox.LocalMessages;
import io.posthaste.outbox.Outbox;
import io.posthaste.outbox.OutboxEntry;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import io.posthaste.queue.Queues;
import io.posthaste.queue.SendOutcome;
import io.posthaste.store.DeadLetterSql;
import io.posthaste.store.MessageRow;
import io.posthaste.store.Micros;
import io.posthaste.store.StoreClock;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Carries replays on. A step takes one replay that is due, locks it, moves some of its dead letters
 * into their queues, notes how far it has come, and commits all of that at once. Any replica takes
 * any step.
 */
final class ReplaySteps {
  static final String FROM_HEADER = "posthaste-replayed-from";
  static final String CLASS_HEADER = "posthaste-dead-class";
  static final String DIED_HEADER = "posthaste-dead-at";
  static final String REPLAY_HEADER = "posthaste-replay";

  private static final Future<Outbox.Added> NOTHING =
      Future.succeededFuture(new Outbox.Added(List.of(), () -> {}));

  private static final int MOST = 200;
  private static final double STEPS_A_SECOND = 4;

  /** However low its rate, a replay goes on once a day. */
  private static final Duration LONGEST_PAUSE = Duration.ofDays(1);

  private static final String TAKE =
      """
      SELECT filter_queue, filter_class, filter_reason, filter_type, filter_attempts, filter_from,
        filter_to, filter_ids, id, target, rate, patch, created_at, after_died_at, after_id
      FROM replay
      WHERE finished_at IS NULL AND next_step <= coalesce($1::timestamptz, now())
      ORDER BY next_step LIMIT 1 FOR UPDATE SKIP LOCKED
      """;

  private static final String LETTERS =
      """
      SELECT %s, m.queue, m.class, m.died_at,
        EXISTS (SELECT FROM message l WHERE l.id = m.id) AS alive,
        ARRAY(SELECT o.queue FROM outbox o WHERE o.id = m.id) AS waiting FROM (
        SELECT d.* FROM dead_letter d
        WHERE %%s AND d.died_at <= $9 AND (d.died_at, d.id) > ($10::timestamptz, $11::uuid)
        ORDER BY d.died_at, d.id LIMIT $12 FOR UPDATE) m
      ORDER BY m.died_at, m.id
      """
          .formatted(MessageRow.COLUMNS);

  // Where a replay begins that has not come anywhere yet
  private static final OffsetDateTime BEFORE_ALL = Instant.EPOCH.atOffset(ZoneOffset.UTC);
  private static final UUID FIRST_ID = new UUID(0, 0);

  private static final String GONE =
      """
      WITH forgotten AS (DELETE FROM failure WHERE message = ANY ($1::uuid[]))
      DELETE FROM dead_letter WHERE id = ANY ($1::uuid[])
      """;

  private static final String PROGRESS =
      """
      UPDATE replay SET replayed = replayed + $2, skipped = skipped + $3,
        last_problem = coalesce($4, last_problem), after_died_at = coalesce($5, after_died_at),
        after_id = coalesce($6, after_id),
        finished_at = CASE WHEN $7 THEN coalesce($9::timestamptz, now()) END,
        next_step = coalesce($9::timestamptz, now()) + $8 * interval '1 microsecond'
      WHERE id = $1
      """;

  private final Pool pool;
  private final Transaction transaction;
  private final StalledReplays stalled;
  private final StoreClock clock;
  private final Supplier<Queues> queues;
  private final LocalMessages local;
  private final Outbox outbox;

  ReplaySteps(
      Pool pool,
      Transaction transaction,
      StoreClock clock,
      Supplier<Queues> queues,
      LocalMessages local,
      Outbox outbox) {
    this.pool = pool;
    this.transaction = transaction;
    this.stalled = new StalledReplays(clock);
    this.clock = clock;
    this.queues = queues;
    this.local = local;
    this.outbox = outbox;
  }

  /** What a step does: the letters that go, and why others do not. */
  private static final class Plan {
    final List<OutboxEntry> moving = new ArrayList<>();
    int skipped;
    @Nullable String problem;

    void skip(String why) {
      skipped++;
      problem = why;
    }
  }

  /**
   * One step of one replay; whether there may be more to do at once. A replay whose step fails is
   * put off, so that it does not hold up the others.
   */
  Future<Boolean> step() {
    AtomicReference<@Nullable UUID> taken = new AtomicReference<>();
    return transaction
        .run(
            open -> {
              taken.set(null);
              return open.connection()
                  .preparedQuery(TAKE)
                  .execute(Tuple.tuple().addValue(clock.override()))
                  .compose(rows -> carryOn(open, rows, taken));
            })
        .onSuccess(_ -> stalled.goesOn(taken.get()))
        .recover(
            failure -> {
              UUID replay = taken.get();
              return replay == null
                  ? Future.failedFuture(failure)
                  : stalled.putOff(pool, replay, failure).map(true);
            });
  }

  private Future<Boolean> carryOn(
      Transaction.Open open, RowSet<Row> rows, AtomicReference<@Nullable UUID> taken) {
    if (rows.size() == 0) {
      return Future.succeededFuture(false);
    }
    Row job = rows.iterator().next();
    taken.set(job.getUUID("id"));
    return carryOn(open, job).map(true);
  }

  private Future<?> carryOn(Transaction.Open open, Row job) {
    int most = most(job.getDouble("rate"));
    Tuple parameters = Tuple.tuple();
    for (int i = 0; i < 8; i++) {
      parameters.addValue(job.getValue(i));
    }
    parameters
        .addValue(job.getOffsetDateTime("created_at"))
        .addValue(requireNonNullElse(job.getOffsetDateTime("after_died_at"), BEFORE_ALL))
        .addValue(requireNonNullElse(job.getUUID("after_id"), FIRST_ID))
        // One more than go, to know whether the replay ends with them
        .addLong(most + 1L);
    return open.connection()
        .preparedQuery(LETTERS.formatted(DeadLetterSql.matches(parameters)))
        .execute(parameters)
        .compose(found -> move(open, job, Letters.of(found, most)));
  }

  /** What a step looks at. */
  private record Letters(List<Row> rows, boolean last) {
    static Letters of(RowSet<Row> found, int most) {
      List<Row> rows = new ArrayList<>();
      found.forEach(rows::add);
      boolean last = rows.size() <= most;
      return new Letters(last ? rows : rows.subList(0, most), last);
    }
  }

  private static int most(@Nullable Double rate) {
    return rate == null ? MOST : (int) Math.clamp(Math.ceil(rate / STEPS_A_SECOND), 1, MOST);
  }

  private Future<?> move(Transaction.Open open, Row job, Letters letters) {
    return targets(job, letters.rows())
        .compose(
            known -> {
              Plan plan = plan(job, letters.rows(), known);
              return store(open, plan)
                  .compose(moved -> remove(open, moved))
                  .compose(moved -> note(open, job, letters, plan, moved));
            });
  }

  private Future<Map<String, Queue>> targets(Row job, List<Row> letters) {
    Set<String> names = new HashSet<>();
    String target = job.getString("target");
    if (target == null) {
      letters.forEach(letter -> names.add(letter.getString(10)));
    } else {
      names.add(target);
    }
    return Future.fromCompletionStage(queues.get().byName(names).subscribeAsCompletionStage());
  }

  private static Plan plan(Row job, List<Row> letters, Map<String, Queue> known) {
    Plan plan = new Plan();
    String target = job.getString("target");
    String text = job.getString("patch");
    MergePatch patch =
        text == null ? null : MergePatch.parse(text.getBytes(StandardCharsets.UTF_8));
    for (Row letter : letters) {
      String name = target == null ? letter.getString(10) : target;
      Queue queue = known.get(name);
      if (queue == null) {
        plan.skip("There is no queue '" + name + "'.");
      } else if (isIn(queue, letter)) {
        plan.skip("A message with the id of dead letter " + letter.getUUID(0) + " is in a queue.");
      } else {
        add(plan, queue, letter, patch, job.getUUID("id"));
      }
    }
    return plan;
  }

  /** An id stands once in all queues that lie in this database, and once in each other queue. */
  private static boolean isIn(Queue queue, Row letter) {
    return letter.getBoolean("alive")
        || List.of(letter.getArrayOfIntegers("waiting")).contains(queue.id());
  }

  private static void add(
      Plan plan, Queue queue, Row letter, @Nullable MergePatch patch, UUID replay) {
    Message message = MessageRow.read(letter);
    try {
      Content content = message.content();
      Content patched = patch == null ? content : patch.applyTo(content);
      if (patched.payload().size() > queue.policy().maxMessageSize()) {
        plan.skip("The payload of " + message.id() + " is larger than its queue takes.");
        return;
      }
      NewMessage back =
          new NewMessage(message.id(), withOrigin(patched, letter, replay), Due.NOW, null);
      plan.moving.add(OutboxEntry.first(queue, back));
    } catch (InvalidField e) {
      plan.skip("Message " + message.id() + ": '" + e.field() + "' " + e.getMessage() + ".");
    }
  }

  private static Content withOrigin(Content content, Row letter, UUID replay) {
    Map<String, String> headers = new LinkedHashMap<>(content.headers());
    headers.put(FROM_HEADER, letter.getString(10));
    headers.put(CLASS_HEADER, letter.getString(11));
    headers.put(DIED_HEADER, letter.getOffsetDateTime(12).toInstant().toString());
    headers.put(REPLAY_HEADER, replay.toString());
    return content.withHeaders(headers);
  }

  /** The ids of those that are in their queues now, or in the outbox on their way there. */
  private Future<List<UUID>> store(Transaction.Open open, Plan plan) {
    List<OutboxEntry> here = plan.moving.stream().filter(this::isHere).toList();
    List<OutboxEntry> elsewhere = plan.moving.stream().filter(entry -> !isHere(entry)).toList();
    List<UUID> moved = new ArrayList<>();
    return (here.isEmpty() ? NOTHING : local.add(open.connection(), here))
        .onSuccess(added -> note(open, plan, here, added, moved))
        .compose(_ -> outbox.add(open.connection(), elsewhere))
        .onSuccess(added -> note(open, plan, elsewhere, added, moved))
        .map(moved);
  }

  private boolean isHere(OutboxEntry entry) {
    return entry.queue().provider().equals(local.provider());
  }

  private static void note(
      Transaction.Open open,
      Plan plan,
      List<OutboxEntry> entries,
      Outbox.Added added,
      List<UUID> moved) {
    open.afterCommit(added.afterCommit());
    for (int i = 0; i < entries.size(); i++) {
      if (added.outcomes().get(i) instanceof SendOutcome.Stored) {
        moved.add(entries.get(i).message().id().value());
      } else {
        plan.skip("A queue was deleted just now.");
      }
    }
  }

  private static Future<List<UUID>> remove(Transaction.Open open, List<UUID> moved) {
    return moved.isEmpty()
        ? Future.succeededFuture(moved)
        : open.connection()
            .preparedQuery(GONE)
            .execute(Tuple.tuple().addValue(moved.toArray(UUID[]::new)))
            .map(moved);
  }

  private Future<?> note(
      Transaction.Open open, Row job, Letters letters, Plan plan, List<UUID> moved) {
    Row last = letters.rows().isEmpty() ? null : letters.rows().getLast();
    return open.connection()
        .preparedQuery(PROGRESS)
        .execute(
            Tuple.tuple()
                .addUUID(job.getUUID("id"))
                .addLong((long) moved.size())
                .addLong((long) plan.skipped)
                .addString(plan.problem)
                .addOffsetDateTime(last == null ? null : last.getOffsetDateTime(12))
                .addUUID(last == null ? null : last.getUUID(0))
                .addBoolean(letters.last())
                .addLong(pauseMicros(job.getDouble("rate"), letters.rows().size()))
                .addValue(clock.override()));
  }

  private static long pauseMicros(@Nullable Double rate, int letters) {
    return rate == null
        ? 0
        : (long) Math.min(letters / rate * 1_000_000, (double) Micros.of(LONGEST_PAUSE));
  }
}
