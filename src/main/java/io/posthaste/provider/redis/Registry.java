package io.posthaste.provider.redis;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which queues have anything in Redis. A queue is written down before its first message, so that
 * none is forgotten by whoever tends them.
 */
final class Registry {
  private final RedisLink link;
  private final Set<Integer> written = ConcurrentHashMap.newKeySet();

  Registry(RedisLink link) {
    this.link = link;
  }

  /** Whether this replica has written the queue down, so that there is nothing to wait for. */
  boolean knows(int queue) {
    return written.contains(queue);
  }

  Future<?> write(int queue) {
    return link.send(Request.cmd(Command.SADD).arg(Keys.QUEUES).arg(queue))
        .onSuccess(_ -> written.add(queue));
  }

  Future<Set<Integer>> read() {
    return link.send(Request.cmd(Command.SMEMBERS).arg(Keys.QUEUES))
        .map(
            answer -> {
              Set<Integer> queues = new HashSet<>();
              answer.forEach(queue -> queues.add(Numbers.whole(queue)));
              // Gone from there, by a restore or by hand: to be written again at the next use
              written.retainAll(queues);
              return queues;
            });
  }

  Future<?> remove(int queue) {
    written.remove(queue);
    return link.send(Request.cmd(Command.SREM).arg(Keys.QUEUES).arg(queue));
  }
}
