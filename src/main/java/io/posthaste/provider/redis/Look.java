package io.posthaste.provider.redis;

import io.posthaste.message.Delivery;
import io.posthaste.message.Message;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a look at a queue brought.
 *
 * @param deliveries for each receiver
 * @param expired how many became dead letters on the way
 * @param nextMicros how long until something happens next, as far as the queue knows
 * @param more whether there may be more at once
 * @param foreign how many entries were not ours, and became dead letters on the way
 * @param undecodable deliveries that nobody can be handed, although the scripts took them for ours
 */
record Look(
    List<List<Delivery>> deliveries,
    int expired,
    int dropped,
    OptionalLong nextMicros,
    boolean more,
    int foreign,
    List<RedisReceipt> undecodable) {

  static Look read(Response answer, int receivers) {
    List<List<Delivery>> deliveries = new ArrayList<>(receivers);
    for (int i = 0; i < receivers; i++) {
      deliveries.add(new ArrayList<>());
    }
    List<RedisReceipt> undecodable = new ArrayList<>();
    for (Response one : answer.get(1)) {
      RedisReceipt receipt = RedisReceipt.ofMember(one.get(1).toString()).orElseThrow();
      MessageFields.of(one.get(3))
          .decoded()
          .ifPresentOrElse(
              message ->
                  deliveries.get(Numbers.whole(one.get(0))).add(delivery(message, receipt, one)),
              () -> undecodable.add(receipt));
    }
    return new Look(
        deliveries,
        Numbers.whole(answer.get(2)),
        Numbers.whole(answer.get(3)),
        next(answer.get(0), answer.get(4)),
        answer.get(5).toString().equals("1"),
        Numbers.whole(answer.get(6)),
        undecodable);
  }

  private static Delivery delivery(Message message, RedisReceipt receipt, Response one) {
    return new Delivery(
        message, receipt.attempt(), MessageFields.moment(one.get(2).toString()), receipt.encoded());
  }

  /** From now to the moment of the next event, both as scripts tell them. */
  static OptionalLong next(Response now, Response next) {
    long at = Numbers.large(next);
    return at < 0 ? OptionalLong.empty() : OptionalLong.of(Math.max(0, at - Numbers.large(now)));
  }
}
