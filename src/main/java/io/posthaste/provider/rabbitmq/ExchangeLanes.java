package io.posthaste.provider.rabbitmq;

import io.posthaste.broker.Link;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A channel for each exchange that is published to, closed when it has not been used for a while:
 * what is wrong with one exchange closes its channel, and costs the messages of no other.
 */
final class ExchangeLanes implements Lanes {
  private final Link link;
  private final Map<String, ExchangeLane> lanes = new ConcurrentHashMap<>();

  ExchangeLanes(Link link) {
    this.link = link;
  }

  @Override
  public void add(Publishing publishing) {
    // Under the same lock as that under which a lane ends
    lanes.compute(
        publishing.message().exchange(),
        (exchange, known) -> {
          ExchangeLane lane =
              known == null ? new ExchangeLane(link, it -> retire(exchange, it)) : known;
          lane.add(publishing);
          return lane;
        });
  }

  private boolean retire(String exchange, ExchangeLane lane) {
    return lanes.computeIfPresent(exchange, (_, it) -> it == lane && it.isEmpty() ? null : it)
        == null;
  }

  @Override
  public void close() {
    lanes.values().forEach(ExchangeLane::close);
  }
}
