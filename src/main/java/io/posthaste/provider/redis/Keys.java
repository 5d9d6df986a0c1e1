package io.posthaste.provider.redis;

import java.util.List;

/** The keys of a queue, in the order in which every script takes them. */
final class Keys {
  /** The ids of the queues that have ever been used here. */
  static final String QUEUES = "posthaste:queues";

  /** Where the id of a queue is said when a receiver should look again. */
  static final String WAKE = "posthaste:wake";

  private static final List<String> NAMES =
      List.of(
          // What the queue is, and its counters
          "meta",
          // Messages that are available or leased
          "stream",
          // Receipts, by the lease's end
          "leases",
          // Ids of messages that are due later, by when
          "delayed",
          // The fields of messages that are not in the stream
          "held",
          // Where each message is: s<entry>, d(elayed), w(aiting)<position>, x<entry among the
          // dead>
          "ids",
          // Ids of messages whose time ends otherwise than by the age of their entry, by when
          "expiries",
          // The failed attempts of each message
          "failures",
          // Those behind the first of their group, in order, and by when they are due
          "waiting",
          "waiting-due",
          // The first of each group
          "groups",
          // Deduplication ids, and when they are forgotten
          "deduplication",
          "deduplication-ends",
          // A stream of dead letters on their way to PostgreSQL
          "dead");

  private Keys() {}

  static List<String> of(int queue) {
    return NAMES.stream().map(name -> key(queue, name)).toList();
  }

  static String dead(int queue) {
    return key(queue, "dead");
  }

  static String meta(int queue) {
    return key(queue, "meta");
  }

  private static String key(int queue, String name) {
    return "posthaste:{" + queue + "}:" + name;
  }
}
