package io.posthaste.provider.rabbitmq;

import io.posthaste.broker.Link;
import io.posthaste.store.Turn;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;

/** Channels that share the work, for messages of which none breaks a channel. */
final class SharedLanes implements Lanes {
  private static final int LANES = 2;

  private final BlockingQueue<List<Publishing>> waiting = new LinkedBlockingQueue<>();
  // So that a lane is woken once for all of a turn, and writes it in one piece
  private final Turn<Publishing> turn = new Turn<>(waiting::add);
  private final List<PublishingLane> lanes;

  SharedLanes(Link link) {
    this.lanes =
        IntStream.range(0, LANES).mapToObj(_ -> new PublishingLane(link, waiting)).toList();
  }

  @Override
  public void add(Publishing publishing) {
    turn.add(publishing);
  }

  @Override
  public void close() {
    lanes.forEach(PublishingLane::close);
  }
}
