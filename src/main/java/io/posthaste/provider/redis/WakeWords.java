package io.posthaste.provider.redis;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import org.jboss.logging.Logger;

/**
 * Hears from all replicas in which queue there is something, on a connection of its own: one for
 * the whole replica, however many receivers wait. A word is said only where somebody waits.
 */
final class WakeWords {
  private static final Logger LOG = Logger.getLogger(WakeWords.class);

  private final Receives receives;

  WakeWords(Receives receives) {
    this.receives = receives;
  }

  void listen(RedisConnection connection) {
    connection.handler(this::hear);
    connection
        .send(Request.cmd(Command.SUBSCRIBE).arg(Keys.WAKE))
        // What was said before is lost
        .onSuccess(_ -> receives.signalAll())
        .onFailure(failure -> LOG.debugf("no wake-ups cause=%s", failure));
  }

  private void hear(Response word) {
    boolean list = word.type() == ResponseType.MULTI || word.type() == ResponseType.PUSH;
    if (list && word.size() == 3 && word.get(0).toString().equals("message")) {
      receives.signal(Numbers.whole(word.get(2)));
    }
  }
}
