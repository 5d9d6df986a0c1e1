package io.posthaste.outbox;

import io.posthaste.store.Merger;
import java.util.List;

/** Messages that one caller adds. */
record AddRequest(List<OutboxEntry> entries) implements Merger.Weighted {
  @Override
  public int messages() {
    return entries.size();
  }

  @Override
  public int bytes() {
    return entries.stream().mapToInt(e -> e.message().content().payload().size()).sum();
  }
}
