package io.posthaste.provider.redis;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Runs scripts on the keys of one queue. */
final class RedisScripts {
  private final RedisLink link;
  private final RedisClock clock;

  RedisScripts(RedisLink link, RedisClock clock) {
    this.link = link;
    this.clock = clock;
  }

  /** The words that a script takes, in their order. */
  static final class Words {
    private final List<byte[]> all = new ArrayList<>();

    Words add(String text) {
      return add(text.getBytes(StandardCharsets.UTF_8));
    }

    Words add(long number) {
      return add(Long.toString(number));
    }

    Words add(byte[] bytes) {
      all.add(bytes);
      return this;
    }
  }

  /** Runs it with how far to be ahead of the server's clock before the given words. */
  Future<Response> run(RedisScript script, int queue, Words words) {
    List<String> keys = Keys.of(queue);
    return link.send(request(Command.EVALSHA, script.digest(), keys, words))
        .recover(
            failure ->
                RedisFailure.isUnknownScript(failure)
                    // Nothing was done; from now on the server knows the script
                    ? link.send(request(Command.EVAL, script.text(), keys, words))
                    : Future.failedFuture(failure));
  }

  /** The name that a queue had when it was first used. */
  Future<String> nameOf(int queue) {
    return link.send(Request.cmd(Command.HGET).arg(Keys.meta(queue)).arg("name"))
        .map(name -> name == null ? "(deleted)" : name.toString());
  }

  private Request request(Command command, String script, List<String> keys, Words words) {
    Request request = Request.cmd(command).arg(script).arg(keys.size());
    keys.forEach(request::arg);
    request.arg(clock.ahead());
    words.all.forEach(request::arg);
    return request;
  }
}
