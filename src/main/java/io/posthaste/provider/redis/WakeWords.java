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

  /**
   * @param heard is told of each word, so that the link knows that the server lives
   */
  void listen(RedisConnection connection, Runnable heard) {
    connection.handler(
        word -> {
          heard.run();
          hear(word);
        });
    connection
        .send(Request.cmd(Command.SUBSCRIBE).arg(Keys.WAKE))
        .onFailure(failure -> LOG.debugf("no wake-ups cause=%s", failure));
  }

  private void hear(Response word) {
    boolean list = word.type() == ResponseType.MULTI || word.type() == ResponseType.PUSH;
    if (!list || word.size() != 3) {
      return;
    }
    switch (word.get(0).toString()) {
      case "message" -> receives.signal(Numbers.whole(word.get(2)));
      // What was said before is lost
      case "subscribe" -> receives.signalAll();
      default -> LOG.tracef("unknown word %s", word.get(0));
    }
  }
}
