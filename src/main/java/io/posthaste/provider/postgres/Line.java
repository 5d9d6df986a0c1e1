package io.posthaste.provider.postgres;

import io.posthaste.message.Content;
import io.posthaste.provider.Waiter;
import io.posthaste.queue.Queue;
import io.posthaste.queue.ReceiveRequest;
import io.posthaste.store.Merger;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;

/**
 * The receivers of one queue on this replica, and where in {@code ready} to look for their
 * messages. Touched only inside the receive loop's mailbox.
 *
 * <p>Where to look is a hint, by priority: below it there was nothing when last looked. It spares
 * walking over the remains of messages that were taken already, which is what makes a queue in
 * PostgreSQL slow down while vacuum is held up. A hint is moved back by every {@link Signal} of a
 * message below it, and dropped every few seconds in favour of a full look, so that being wrong
 * costs time and never a message.
 */
final class Line {
  private static final int PRIORITIES = Content.MAX_PRIORITY + 1;
  private static final int ALL = (1 << PRIORITIES) - 1;
  private static final long BEGINNING = 0;
  private static final Duration FULL_LOOK_EVERY = Duration.ofSeconds(5);

  /** A full look may cost at most this share of the time. */
  private static final int FULL_LOOK_SHARE = 50;

  /** How far a message of another replica may lie below the hint before word of it is here. */
  private static final long OTHERS_MICROS = 250_000;

  private final boolean shared;
  private final Deque<Waiter> waiters = new ArrayDeque<>();
  private final long[] since = new long[PRIORITIES];
  private Queue queue;

  /** The priorities in which there may be something, one bit each. */
  private int maybe;

  private boolean claiming;
  private boolean looksFully;
  private int asked;
  private int demand;
  private int newcomers;
  private final long[] signalledDuringClaim = new long[PRIORITIES];
  private int maybeDuringClaim;
  private long claimStarted;
  private long nextFullLook;
  private long lastUsed;
  private long heldBackUntil;

  /** Whether the earliest due time ahead is to be asked for. */
  private boolean dueUnknown = true;

  private long timer = -1;
  private long timerAt = Long.MAX_VALUE;

  /**
   * @param shared whether other replicas send to the same database, so that this one cannot know
   *     that there is nothing
   */
  Line(Queue queue, boolean shared, long now) {
    this.queue = queue;
    this.shared = shared;
    this.nextFullLook = now;
    this.lastUsed = now;
    this.heldBackUntil = now;
  }

  Queue queue() {
    return queue;
  }

  Deque<Waiter> waiters() {
    return waiters;
  }

  /** How many wait, those included who have hung up without being noticed yet. */
  int waiting() {
    return waiters.size();
  }

  /** How many messages those who wait would take. */
  int wanted() {
    int wanted = 0;
    for (Waiter waiter : waiters) {
      wanted += waiter.request().max();
    }
    return wanted;
  }

  boolean claiming() {
    return claiming;
  }

  boolean idleSince(long moment) {
    dropGone();
    return waiters.isEmpty() && !claiming && lastUsed - moment < 0;
  }

  void join(Waiter waiter, Queue known, long now) {
    // The latest definition wins: policies change on a live queue
    queue = known;
    waiters.add(waiter);
    lastUsed = now;
    newcomers++;
  }

  void holdBackUntil(long moment) {
    heldBackUntil = moment;
  }

  /** Whether other replicas are to look first. */
  boolean holdsBack(long now) {
    return now - heldBackUntil < 0;
  }

  /** Whether looking now can help anybody. */
  boolean hungry(long now) {
    return !claiming && !waiters.isEmpty() && (maybe != 0 || fullLookDue(now) || newcomers > 0);
  }

  boolean fullLookDue(long now) {
    return now - nextFullLook >= 0;
  }

  /** Drops the hints, so that the next claim looks everywhere. */
  void lookFully() {
    Arrays.fill(since, BEGINNING);
    maybe = ALL;
    dueUnknown = true;
    looksFully = true;
  }

  void signal(Signal signal) {
    int bit = 1 << signal.priority();
    int priority = signal.priority();
    if (claiming) {
      maybeDuringClaim |= bit;
      signalledDuringClaim[priority] = Math.min(signalledDuringClaim[priority], signal.dueMicros());
    }
    maybe |= bit;
    since[priority] = Math.min(since[priority], signal.dueMicros());
  }

  /** What to ask the database for; empty when there is nothing to look for. */
  List<Claim.Want> startClaim(int limit, long now) {
    dropGone();
    if (fullLookDue(now)) {
      lookFully();
    }
    // A receiver that has just come gets an honest look, whatever the hints say
    asked = shared || maybe == 0 ? ALL : maybe;
    newcomers = 0;
    demand = 0;
    demand = Math.min(limit, wanted());
    if (demand == 0) {
      return List.of();
    }
    claiming = true;
    claimStarted = now;
    maybeDuringClaim = 0;
    Arrays.fill(signalledDuringClaim, Long.MAX_VALUE);
    List<Claim.Want> wants = new ArrayList<>(1);
    for (int priority = PRIORITIES - 1; priority >= 0; priority--) {
      if ((asked & 1 << priority) != 0) {
        wants.add(
            new Claim.Want(
                queue.id(), priority, lookFrom(priority), demand, queue.policy().retention()));
      }
    }
    return wants;
  }

  private long lookFrom(int priority) {
    return shared ? Math.max(BEGINNING, since[priority] - OTHERS_MICROS) : since[priority];
  }

  int demand() {
    return demand;
  }

  /**
   * Learns from what a claim found.
   *
   * @param taken the messages of this queue, in the order of delivery
   * @param cutShort whether there was no room for more, whatever there is
   * @return whether all that was due is taken
   */
  boolean endClaim(List<Claim.Taken> taken, boolean cutShort, long now) {
    claiming = false;
    lastUsed = now;
    boolean dry = taken.size() < demand && !cutShort;
    for (Claim.Taken message : taken) {
      since[message.priority()] = Math.max(since[message.priority()], message.dueMicros());
    }
    if (dry) {
      maybe = maybe & ~asked;
    }
    for (int priority = 0; priority < PRIORITIES; priority++) {
      since[priority] = Math.min(since[priority], signalledDuringClaim[priority]);
    }
    maybe |= maybeDuringClaim;
    if (looksFully) {
      looksFully = false;
      nextFullLook =
          now + Math.max(FULL_LOOK_EVERY.toNanos(), FULL_LOOK_SHARE * (now - claimStarted));
    }
    return dry;
  }

  /** A delayed message falls due now, of whatever priority and wherever it lies. */
  void somethingDue() {
    maybe = ALL;
    maybeDuringClaim = ALL;
  }

  /**
   * Those whom a silent database has kept waiting for too long: all for whom a claim has been under
   * way all that time, and of those for whom none is, as others are, whoever does not wait.
   */
  List<Waiter> removeOverdue(long now) {
    long latest = now - Merger.PATIENCE.toNanos();
    boolean claimOverdue = claiming && claimStarted - latest < 0;
    return remove(waiters.size(), waiter -> claimOverdue || waiter.overdueAt(latest));
  }

  /** The claim under way has failed. */
  void failClaim(long now) {
    claiming = false;
    forgetHints(now);
  }

  /** What was taken is back after a failure, also below what a claim under way looks at. */
  void forgetHints(long now) {
    maybe = ALL;
    maybeDuringClaim = ALL;
    Arrays.fill(signalledDuringClaim, BEGINNING);
    nextFullLook = now;
  }

  private void dropGone() {
    while (!waiters.isEmpty() && waiters.peekFirst().gone()) {
      waiters.removeFirst();
    }
  }

  /** Those who do not wait, and came before the claim that has just ended. */
  List<Waiter> removeImpatient() {
    return remove(waiters.size() - newcomers, waiter -> !waiter.waits());
  }

  /** Everybody. */
  List<Waiter> removeAll() {
    return remove(waiters.size(), _ -> true);
  }

  /** Of the first so many; those who are gone leave, too, but without being named. */
  private List<Waiter> remove(int first, Predicate<Waiter> who) {
    List<Waiter> removed = new ArrayList<>();
    Iterator<Waiter> all = waiters.iterator();
    for (int i = 0; i < first; i++) {
      Waiter waiter = all.next();
      if (waiter.gone()) {
        all.remove();
      } else if (who.test(waiter)) {
        all.remove();
        removed.add(waiter);
      }
    }
    newcomers = Math.min(newcomers, waiters.size());
    return removed;
  }

  /** Splits what was taken among those who wait, first come first served. */
  List<Served> serve(List<Claim.Taken> taken) {
    List<Served> served = new ArrayList<>();
    int next = 0;
    while (next < taken.size() && !waiters.isEmpty()) {
      Waiter waiter = waiters.removeFirst();
      if (waiter.gone()) {
        continue;
      }
      newcomers = Math.min(newcomers, waiters.size());
      ReceiveRequest request = waiter.request();
      int end = Math.min(taken.size(), next + request.max());
      served.add(
          new Served(
              queue, waiter, new Claim.Grant(queue.id(), taken.subList(next, end), request)));
      next = end;
    }
    return served;
  }

  /** A receiver and what it is to get. */
  record Served(Queue queue, Waiter waiter, Claim.Grant grant) {}

  boolean takeDueUnknown() {
    boolean unknown = dueUnknown && !waiters.isEmpty();
    if (unknown) {
      dueUnknown = false;
    }
    return unknown;
  }

  void dueUnknown(boolean unknown) {
    dueUnknown = unknown;
  }

  long timer() {
    return timer;
  }

  long timerAt() {
    return timerAt;
  }

  void timer(long id, long at) {
    timer = id;
    timerAt = at;
  }
}
