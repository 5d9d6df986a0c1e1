package io.posthaste.wire;

import java.util.Set;

/** Header names that mean something to Posthaste or to the broker. */
public final class WireNames {
  public static final String OURS = "x-posthaste-";

  /** Failed attempts so far. */
  public static final String ATTEMPT = OURS + "attempt";

  /** Which attempt it is, 1 at first, of a message that a consumer hands on. */
  static final String FORWARD_ATTEMPT = OURS + "forward-attempt";

  /** Microseconds since 1970: when it was stored, was due first, and is over. */
  public static final String ENQUEUED = OURS + "enqueued";

  public static final String DUE = OURS + "due";
  public static final String EXPIRES = OURS + "expires";

  public static final String GROUP = OURS + "group";
  public static final String DEDUPLICATION_ID = OURS + "deduplication-id";

  /** What a client that publishes to the intake says: the queue, and when the message is due. */
  public static final String QUEUE = OURS + "queue";

  public static final String DELAY = OURS + "delay";
  public static final String DELIVER_AT = OURS + "deliver-at";

  /** Why the intake put a message aside, and what it had beside the rest. */
  public static final String REASON = OURS + "reason";

  public static final String DETAIL = OURS + "detail";
  public static final String ROUTING_KEY = OURS + "routing-key";
  public static final String EXPIRATION = OURS + "expiration";

  /** Which of several copies it is that there may be. */
  public static final String MOVE = OURS + "move";

  /** The word "binary": bytes, whatever the content type says. */
  public static final String PAYLOAD = OURS + "payload";

  /** What does not fit AMQP's own fields, each 255 bytes long at most. */
  public static final String TYPE = OURS + "type";

  public static final String CORRELATION_ID = OURS + "correlation-id";
  public static final String CONTENT_TYPE = OURS + "content-type";

  /** Headers whose names AMQP cannot carry or the broker would act on, as one JSON object. */
  public static final String HEADERS = OURS + "headers";

  /** The names of the headers as their sender wrote them, as AMQP tables have no order. */
  public static final String ORDER = OURS + "order";

  /** Where a foreign message's id is kept that is none of ours. */
  public static final String FOREIGN_ID = "message-id";

  public static final String FOREIGN_ENCODING = "content-encoding";

  public static final String DELIVERY_COUNT = "x-delivery-count";
  public static final String DEATH = "x-death";

  /** Further queues to route to. */
  public static final String CC = "CC";

  public static final String BCC = "BCC";

  private static final Set<String> BROKERS =
      Set.of(DELIVERY_COUNT, DEATH, "x-acquired-count", CC, BCC, "x-stream-offset");

  private WireNames() {}

  /** Whether a header of that name is none of a sender's. */
  static boolean isReserved(String name) {
    return name.startsWith(OURS)
        || BROKERS.contains(name)
        || name.startsWith("x-first-death-")
        || name.startsWith("x-last-death-")
        || name.startsWith("x-opt-");
  }
}
