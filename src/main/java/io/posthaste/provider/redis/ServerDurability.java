package io.posthaste.provider.redis;

import io.posthaste.queue.Durability;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.HashMap;
import java.util.Map;
import org.jboss.logging.Logger;

/** What the server's settings let a stored message survive. */
final class ServerDurability {
  private static final Logger LOG = Logger.getLogger(ServerDurability.class);

  private final RedisLink link;

  ServerDurability(RedisLink link) {
    this.link = link;
  }

  /** Unknown where the server forbids to ask, as hosted ones do. */
  Future<Durability> read() {
    return setting("append*")
        .compose(append -> setting("save").map(save -> of(append, save)))
        .recover(
            failure ->
                RedisFailure.isRefusal(failure)
                    ? Future.succeededFuture(Durability.UNKNOWN)
                    : Future.failedFuture(failure));
  }

  private Future<Map<String, String>> setting(String pattern) {
    return link.send(Request.cmd(Command.CONFIG).arg("GET").arg(pattern))
        .map(ServerDurability::pairs);
  }

  private static Map<String, String> pairs(Response answer) {
    Map<String, String> pairs = new HashMap<>();
    if (answer.isMap()) {
      answer.getKeys().forEach(key -> pairs.put(key, answer.get(key).toString()));
    } else {
      for (int i = 0; i + 1 < answer.size(); i += 2) {
        pairs.put(answer.get(i).toString(), answer.get(i + 1).toString());
      }
    }
    return pairs;
  }

  private static void tellOfEviction(Map<String, String> memory) {
    String policy = memory.getOrDefault("maxmemory-policy", "noeviction");
    if (!policy.equals("noeviction") && !memory.getOrDefault("maxmemory", "0").equals("0")) {
      LOG.warnf(
          "redis maxmemory-policy=%s: A FULL REDIS MAY REMOVE MESSAGES; set maxmemory-policy noeviction",
          policy);
    }
  }

  static Durability of(Map<String, String> append, Map<String, String> save) {
    if (append.getOrDefault("appendonly", "").equals("yes")) {
      return switch (append.getOrDefault("appendfsync", "")) {
        case "always" -> Durability.ALWAYS;
        case "everysec" -> Durability.EVERY_SECOND;
        case "no" -> Durability.UNSYNCED;
        default -> Durability.UNKNOWN;
      };
    }
    if (append.isEmpty() && save.isEmpty()) {
      return Durability.UNKNOWN;
    }
    return save.getOrDefault("save", "").isBlank() ? Durability.NONE : Durability.SNAPSHOTS;
  }

  /** Says it in the log, louder the less a message survives. */
  void tell() {
    setting("maxmemory*").onSuccess(ServerDurability::tellOfEviction);
    read()
        .onSuccess(
            durability -> {
              switch (durability) {
                case ALWAYS, UNKNOWN -> LOG.infof("redis durability=%s", durability);
                case EVERY_SECOND, UNSYNCED ->
                    LOG.infof(
                        "redis durability=%s: a crash of its machine loses answered sends; set appendfsync always to lose none",
                        durability);
                case SNAPSHOTS, NONE ->
                    LOG.warnf(
                        "redis durability=%s: A CRASH OR RESTART OF REDIS LOSES MESSAGES; set appendonly yes and appendfsync always",
                        durability);
              }
            });
  }
}
