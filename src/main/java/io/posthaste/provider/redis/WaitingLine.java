package io.posthaste.provider.redis;

import io.posthaste.provider.Waiter;
import io.posthaste.queue.Queue;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.Set;

/** The receivers of one queue on this replica. Touched only inside the mailbox of receives. */
final class WaitingLine {
  private final Deque<Waiter> waiters = new ArrayDeque<>();

  /** Those for whom a look is under way, and those of them whose time ended meanwhile. */
  private final SequencedSet<Waiter> served = new LinkedHashSet<>();

  private final Set<Waiter> overdue = new HashSet<>();
  private Queue queue;
  private boolean looking;
  private boolean again;
  private long timer = -1;
  private long timerAt;

  WaitingLine(Queue queue) {
    this.queue = queue;
  }

  Queue queue() {
    return queue;
  }

  void join(Queue known, Waiter waiter) {
    // The latest definition wins: policies change on a live queue
    queue = known;
    waiters.add(waiter);
  }

  boolean isIdle() {
    waiters.removeIf(Waiter::gone);
    return waiters.isEmpty() && !looking && timer < 0;
  }

  /** Whom to look for, first come first served; nobody when a look is under way. */
  List<Waiter> startLook(int mostMessages) {
    if (looking) {
      again = true;
      return List.of();
    }
    waiters.removeIf(Waiter::gone);
    int messages = 0;
    again = false;
    for (Waiter waiter : waiters) {
      if (messages + waiter.request().max() > mostMessages && !served.isEmpty()) {
        again = true;
        break;
      }
      messages += waiter.request().max();
      served.add(waiter);
    }
    looking = !served.isEmpty();
    return List.copyOf(served);
  }

  /** Its time is up. An empty answer while messages are on their way would lose their leases. */
  void expire(Waiter waiter) {
    if (served.contains(waiter)) {
      overdue.add(waiter);
    } else {
      waiter.expire();
    }
  }

  /** Whether to answer it after this look, whatever the look brought. */
  boolean isOverdue(Waiter waiter) {
    return overdue.contains(waiter);
  }

  /** Whether to look once more at once. */
  boolean endLook(boolean more) {
    looking = false;
    served.clear();
    overdue.clear();
    return (again || more) && !waiters.isEmpty();
  }

  void remove(Waiter waiter) {
    waiters.remove(waiter);
  }

  /** All who have not left. */
  List<Waiter> removeAll() {
    List<Waiter> all = waiters.stream().filter(waiter -> !waiter.gone()).toList();
    waiters.clear();
    return all;
  }

  boolean isArmedBefore(long at) {
    return timer >= 0 && timerAt - at <= 0;
  }

  long timer() {
    return timer;
  }

  void arm(long id, long at) {
    timer = id;
    timerAt = at;
  }

  void disarm() {
    timer = -1;
  }
}
