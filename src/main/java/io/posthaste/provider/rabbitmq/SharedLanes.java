package io.posthaste.provider.rabbitmq;

import io.posthaste.broker.Link;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;

/** Channels that share the work, for messages of which none breaks a channel. */
final class SharedLanes implements Lanes {
  private static final int LANES = 2;

  private final BlockingQueue<Publishing> waiting = new LinkedBlockingQueue<>();
  private final List<PublishingLane> lanes;

  SharedLanes(Link link, Threads threads) {
    this.lanes =
        IntStream.range(0, LANES)
            .mapToObj(_ -> new PublishingLane(link, waiting, threads))
            .toList();
  }

  @Override
  public void add(Publishing publishing) {
    waiting.add(publishing);
  }

  @Override
  public void close() {
    lanes.forEach(PublishingLane::close);
  }
}
