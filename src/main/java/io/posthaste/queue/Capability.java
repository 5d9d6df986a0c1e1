package io.posthaste.queue;

/** What a provider may be unable to do; the interface answers 422 where it is asked for anyway. */
public enum Capability {
  /** Look at messages without a lease, and find one by its id. */
  PEEK,
  /** Look at delayed messages, and find one by its id. */
  PEEK_DELAYED,
  /** Remove an empty queue only while it is empty, whatever is sent in that moment. */
  EXACT_REMOVAL,
  /** Deliver each group in order with one in flight. */
  GROUPS,
  /** Hand out messages of a greater priority first. */
  PRIORITY,
  /** Change the due time of a delayed message, and cancel it, by its id. */
  RESCHEDULE,
  /** Leases hold when the replica that handed them out is gone. */
  DURABLE_LEASES
}
