package io.posthaste.amqp;

import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import io.smallrye.mutiny.Uni;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jboss.logging.Logger;

/**
 * Acks on one channel, in a line of their own: the client's write may block, and its callers are
 * event loops. Tags count from 1 without gaps, so that one ack can serve all that were stored
 * together.
 */
final class AckLine {
  private static final Logger LOG = Logger.getLogger(AckLine.class);

  private final Channel channel;
  private final Executor threads;
  private final Queue<Pending> pending = new ConcurrentLinkedQueue<>();
  private final AtomicInteger waiting = new AtomicInteger();

  // Both are of the one thread that writes: the first tag that is not acked, and those behind it
  // that are
  private final Set<Long> ahead = new HashSet<>();
  private long next = 1;

  private record Pending(long tag, CompletableFuture<Void> written) {}

  AckLine(Channel channel, Executor threads) {
    this.channel = channel;
    this.threads = threads;
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  /**
   * Completes once the ack is written, or its channel is closed: then the broker has the message
   * back, and hands it out again.
   */
  Uni<Void> ack(long tag) {
    return Uni.createFrom()
        .completionStage(
            () -> {
              CompletableFuture<Void> written = new CompletableFuture<>();
              pending.add(new Pending(tag, written));
              if (waiting.getAndIncrement() == 0) {
                threads.execute(this::write);
              }
              return written;
            });
  }

  private void write() {
    int seen = 1;
    do {
      List<Pending> batch = new ArrayList<>();
      for (Pending next = pending.poll(); next != null; next = pending.poll()) {
        batch.add(next);
      }
      write(batch);
      seen = waiting.addAndGet(-seen);
    } while (seen != 0);
  }

  private void write(List<Pending> batch) {
    batch.sort(Comparator.comparingLong(Pending::tag));
    int row = rowFromNext(batch);
    if (row > 0) {
      ack(batch.get(row - 1).tag(), true);
      next = batch.get(row - 1).tag() + 1;
    }
    for (Pending one : batch.subList(row, batch.size())) {
      ack(one.tag(), false);
      ahead.add(one.tag());
    }
    while (ahead.remove(next)) {
      next++;
    }
    batch.forEach(it -> it.written().complete(null));
  }

  /** How many of the first follow on what is acked already: one word will do for all of them. */
  private int rowFromNext(List<Pending> batch) {
    int row = 0;
    while (row < batch.size() && batch.get(row).tag() == next + row) {
      row++;
    }
    return row;
  }

  private void ack(long tag, boolean andAllBefore) {
    try {
      channel.basicAck(tag, andAllBefore);
    } catch (AlreadyClosedException e) {
      LOG.debugf("ack lost tag=%d cause=%s", tag, e);
    } catch (IOException | RuntimeException e) {
      LOG.warnf(e, "ack lost tag=%d", tag);
    }
  }
}
