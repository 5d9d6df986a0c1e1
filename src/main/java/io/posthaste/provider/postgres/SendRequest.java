package io.posthaste.provider.postgres;

import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import io.posthaste.store.Merger;
import java.util.List;

/** Messages of one caller for one queue. */
record SendRequest(Queue queue, List<NewMessage> entries) implements Merger.Weighted {
  @Override
  public int messages() {
    return entries.size();
  }

  @Override
  public int bytes() {
    int bytes = 0;
    for (NewMessage entry : entries) {
      bytes += entry.content().payload().size();
    }
    return bytes;
  }
}
