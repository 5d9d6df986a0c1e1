package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.Channel;
import io.posthaste.queue.Queue;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for messages of one queue, and the one thread that serves them while there are
 * any, round by round: it takes what is there, and waits for the next message when nothing is.
 * Nothing is held that nobody wants.
 *
 * <p>Only {@code basic.get} says that there is nothing; each round asks it once.
 */
final class Line {
  private static final Logger LOG = Logger.getLogger(Line.class);
  private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

  /** What one round may take is bounded by size, too. */
  private static final int MOST_BYTES = 16 * 1024 * 1024;

  private final Queue queue;
  private final Services services;

  // Guarded by this
  private final Deque<Waiter> waiters = new ArrayDeque<>();
  private final List<Arrival> leftOver = new ArrayList<>();
  private boolean serving;
  private boolean ended;
  private @Nullable Inbox inbox;

  // Touched by the serving thread alone
  private volatile @Nullable Round round;
  private int usualSize = 1024;

  /** What a line needs. */
  record Services(
      Threads threads,
      ReceiveChannels channels,
      Sorting sorting,
      PutBack putBack,
      HandOut handOut,
      Topology topology) {}

  /** What those who wait want together, at the moment. */
  private record Demand(Queue queue, int messages, List<Waiter> impatient) {}

  Line(Queue queue, Services services) {
    this.queue = queue;
    this.services = services;
  }

  void add(Waiter waiter) {
    boolean open;
    synchronized (this) {
      open = !ended;
      if (open) {
        waiters.add(waiter);
        tellOfChange();
      }
    }
    if (open) {
      serve();
    } else {
      waiter.answerEmpty();
    }
  }

  /** Somebody who waited does not any more. */
  synchronized void left() {
    tellOfChange();
  }

  private void tellOfChange() {
    Inbox open = inbox;
    if (open != null) {
      open.changed();
    }
  }

  private void serve() {
    synchronized (this) {
      if (serving) {
        return;
      }
      serving = true;
    }
    services.threads().virtual().execute(this::serveAll);
  }

  void answerAll() {
    waiting().forEach(Waiter::answerEmpty);
    left();
  }

  /** Nobody gets anything from here on: the queue is to be removed. */
  void end() {
    synchronized (this) {
      ended = true;
    }
    answerAll();
  }

  /** Waits so long at most until nothing is asked of the broker any more; whether it is so. */
  synchronized boolean awaitIdle(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    for (long left = patience.toNanos(); serving && left > 0; left = end - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return isIdle();
  }

  /** What came without being asked for, because it was on its way; it goes back, or to a waiter. */
  private void late(Arrival arrival) {
    synchronized (this) {
      leftOver.add(arrival);
    }
    serve();
  }

  /** Whether nothing is going on here, so that its channel may be closed. */
  synchronized boolean isIdle() {
    return !serving && waiters.isEmpty() && leftOver.isEmpty();
  }

  @Nullable Channel channel() {
    Round last = round;
    return last == null ? null : last.channel();
  }

  /** Absent when nobody waits and nothing is left over: then nobody serves from here on. */
  private synchronized @Nullable Demand demand() {
    waiters.removeIf(waiter -> !waiter.isOpen());
    leftOver.removeIf(arrival -> ended || !arrival.isOpen());
    if (waiters.isEmpty() && leftOver.isEmpty()) {
      serving = false;
      notifyAll();
      return null;
    }
    int messages = 0;
    List<Waiter> impatient = new ArrayList<>();
    for (Waiter waiter : waiters) {
      messages += waiter.request().max();
      if (!waiter.waits()) {
        impatient.add(waiter);
      }
    }
    Queue latest = waiters.isEmpty() ? queue : waiters.getLast().queue();
    return new Demand(latest, limited(messages), impatient);
  }

  private int limited(int messages) {
    return Math.clamp(messages, 0, Math.clamp(MOST_BYTES / usualSize, 1, 1000));
  }

  private void serveAll() {
    for (Demand demand = demand(); demand != null; demand = demand()) {
      try {
        serve(demand);
      } catch (IOException | RuntimeException e) {
        failed(demand, e);
      } catch (InterruptedException e) {
        fail(e);
        return;
      }
    }
  }

  private void serve(Demand demand) throws IOException, InterruptedException {
    List<Arrival> arrivals = takeLeftOver();
    try {
      if (arrivals.isEmpty()) {
        take(demand, arrivals);
      }
    } finally {
      arrivals.removeIf(arrival -> !arrival.isOpen());
      if (!arrivals.isEmpty()) {
        handOut(demand.queue(), arrivals);
      }
    }
  }

  private synchronized List<Arrival> takeLeftOver() {
    List<Arrival> taken = new ArrayList<>(leftOver);
    leftOver.clear();
    return taken;
  }

  private void take(Demand demand, List<Arrival> arrivals)
      throws IOException, InterruptedException {
    Round on = round();
    try {
      if (on.fetch(demand.messages(), arrivals)) {
        return;
      }
      demand.impatient().forEach(Waiter::answerEmpty);
      if (demand.impatient().isEmpty()) {
        await(demand, on, arrivals);
      }
    } catch (IOException | RuntimeException e) {
      giveUp(on, arrivals);
      throw e;
    }
  }

  // A question without an answer may still be answered: with a message that nobody would see, or as
  // if it were the answer to the next one. So the channel goes, and its leases with it.
  private void giveUp(Round on, List<Arrival> arrivals) {
    arrivals.clear();
    round = null;
    services.channels().discard(on.channel());
  }

  private void await(Demand demand, Round on, List<Arrival> arrivals)
      throws IOException, InterruptedException {
    SingleDelivery words = new SingleDelivery(on.channel(), this::late);
    listen(words);
    try {
      on.await(words, this::isPatient, arrivals);
    } finally {
      listen(null);
    }
    if (arrivals.isEmpty() && !services.channels().areUsed(queue)) {
      // What the broker pushed may have been lost when its leader changed; it is free again with
      // the channel
      giveUp(on, arrivals);
    }
    if (!arrivals.isEmpty() && demand.messages() > 1) {
      on.fetch(demand.messages() - arrivals.size(), arrivals);
    }
  }

  private synchronized void listen(@Nullable Inbox words) {
    inbox = words;
  }

  // Somebody waits, and nobody wants to know at once whether there is something
  private synchronized boolean isPatient() {
    boolean some = false;
    for (Waiter waiter : waiters) {
      if (waiter.isOpen()) {
        if (!waiter.waits()) {
          return false;
        }
        some = true;
      }
    }
    return some && leftOver.isEmpty();
  }

  private Round round() throws IOException {
    Round known = round;
    if (known != null && known.channel().isOpen()) {
      return known;
    }
    Channel channel = services.channels().open();
    channel.setDefaultConsumer(new LateDeliveries(channel, this::late));
    Round fresh = new Round(channel, queue.name().value());
    round = fresh;
    return fresh;
  }

  private void handOut(Queue latest, List<Arrival> arrivals) throws IOException {
    usualSize =
        Math.max(1, arrivals.stream().mapToInt(it -> it.body().length).sum() / arrivals.size());
    List<Sorted> good;
    try {
      good = services.sorting().sort(latest, arrivals);
    } catch (IOException | RuntimeException e) {
      keepForLater(arrivals);
      throw e;
    }
    List<Sorted> unwanted = services.handOut().handOut(waiting(), good);
    try {
      services.putBack().put(latest, unwanted);
    } catch (IOException | RuntimeException e) {
      LOG.debugf("not put back queue=%s cause=%s", queue.name(), e);
      keepForLater(unwanted.stream().map(Sorted::arrival).toList());
    }
  }

  private synchronized List<Waiter> waiting() {
    return List.copyOf(waiters);
  }

  private void keepForLater(List<Arrival> arrivals) {
    List<Arrival> open = arrivals.stream().filter(Arrival::isOpen).toList();
    if (!open.isEmpty()) {
      services
          .threads()
          .timer()
          .schedule(() -> open.forEach(this::late), TRY_AGAIN.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void failed(Demand demand, Exception failure) {
    if (!Closing.isNotFound(failure)) {
      fail(failure);
      return;
    }
    try {
      if (!services.topology().heal(demand.queue())) {
        waiting().forEach(Waiter::answerEmpty);
      }
    } catch (IOException | RuntimeException e) {
      fail(e);
    }
  }

  private void fail(Exception failure) {
    RuntimeException told = Threads.translate(failure);
    waiting().forEach(waiter -> waiter.fail(told));
  }
}
