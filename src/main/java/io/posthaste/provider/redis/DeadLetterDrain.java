package io.posthaste.provider.redis;

import io.posthaste.deadletter.DeadLetter;
import io.posthaste.deadletter.DeadLetter.FailedAttempt;
import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.queue.DeadLetterClass;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes dead letters to PostgreSQL, and deletes them here only when they are there: a crash in
 * between brings them again, which changes nothing.
 */
final class DeadLetterDrain {
  private static final int STEP = 50;

  private final RedisLink link;
  private final RedisScripts scripts;
  private final DeadLetterStore store;

  DeadLetterDrain(RedisLink link, RedisScripts scripts, DeadLetterStore store) {
    this.link = link;
    this.scripts = scripts;
    this.store = store;
  }

  /** Takes all that are there, in bounded steps. */
  Future<?> drain(int queue, String name) {
    return step(queue, name)
        .compose(taken -> taken < STEP ? Future.succeededFuture() : drain(queue, name));
  }

  private Future<Integer> step(int queue, String name) {
    Request read =
        Request.cmd(Command.XRANGE).arg(Keys.dead(queue)).arg("-").arg("+").arg("COUNT").arg(STEP);
    return link.send(read)
        .compose(
            entries ->
                entries.size() == 0 ? Future.succeededFuture(0) : take(queue, name, entries));
  }

  private Future<Integer> take(int queue, String name, Response entries) {
    List<DeadLetter> letters = new ArrayList<>();
    RedisScripts.Words words = new RedisScripts.Words();
    for (Response entry : entries) {
      DeadLetter letter = letter(name, MessageFields.of(entry.get(1)));
      letters.add(letter);
      words.add(entry.get(0).toString()).add(letter.message().id().toString());
    }
    return Future.fromCompletionStage(store.add(letters).subscribeAsCompletionStage())
        .compose(_ -> scripts.run(RedisScript.DRAINED, queue, words))
        .map(letters.size());
  }

  private static DeadLetter letter(String queue, MessageFields fields) {
    return new DeadLetter(
        fields.decoded().orElseGet(fields::remains),
        queue,
        DeadLetterClass.ofCode(fields.required("class")).orElseThrow(),
        fields.required("reason"),
        Integer.parseInt(fields.required("attempts")),
        MessageFields.moment(fields.required("died")),
        history(fields.required("history")));
  }

  // Attempt, moment and reason by turns, each ended by NUL
  private static List<FailedAttempt> history(String text) {
    String[] words = text.split("\0", -1);
    List<FailedAttempt> history = new ArrayList<>();
    for (int i = 0; i + 2 < words.length; i += 3) {
      history.add(
          new FailedAttempt(
              Integer.parseInt(words[i]), MessageFields.moment(words[i + 1]), words[i + 2]));
    }
    return history;
  }
}
