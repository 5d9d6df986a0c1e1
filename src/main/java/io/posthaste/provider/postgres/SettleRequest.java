package io.posthaste.provider.postgres;

import io.posthaste.queue.Queue;
import io.posthaste.queue.Settlement;
import io.posthaste.store.Merger;
import java.util.List;

/** Settlements of one kind and caller; the receipts are those of the settlements, decoded. */
record SettleRequest(Queue queue, List<PostgresReceipt> receipts, List<Settlement> settlements)
    implements Merger.Weighted {
  @Override
  public int messages() {
    return receipts.size();
  }

  @Override
  public int bytes() {
    return 0;
  }
}
