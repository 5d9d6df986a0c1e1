package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.Channel;
import io.posthaste.broker.Link;
import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Short jobs for the broker, each on a channel of its own for as long as it takes; blocking. */
final class Errands {
  private static final int KEPT = 8;

  private final Link link;
  private final BlockingQueue<Channel> idle = new LinkedBlockingQueue<>(KEPT);

  Errands(Link link) {
    this.link = link;
  }

  /** What is to be done. */
  interface Errand<T> {
    T run(Channel channel) throws IOException;
  }

  <T> T run(Errand<T> errand) throws IOException {
    Channel channel = channel();
    T result;
    try {
      result = errand.run(channel);
    } catch (IOException | RuntimeException e) {
      // An answer that is late would be taken for that to the next question
      link.discard(channel);
      throw e;
    }
    if (!idle.offer(channel)) {
      link.discard(channel);
    }
    return result;
  }

  private Channel channel() throws IOException {
    for (Channel known = idle.poll(); known != null; known = idle.poll()) {
      if (known.isOpen()) {
        return known;
      }
    }
    return link.open();
  }
}
