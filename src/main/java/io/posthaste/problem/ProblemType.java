package io.posthaste.problem;

import java.util.Locale;

/** Every kind of failure that the interface answers with; the code is the {@code type}'s end. */
public enum ProblemType {
  INVALID_REQUEST(400, "The request is not valid"),
  MALFORMED_JSON(400, "The body is not valid JSON"),
  NOT_FOUND(404, "There is nothing here"),
  QUEUE_NOT_FOUND(404, "No such queue"),
  TOPIC_NOT_FOUND(404, "No such topic"),
  MESSAGE_NOT_FOUND(404, "No such message"),
  DEAD_LETTER_NOT_FOUND(404, "No such dead letter"),
  REPLAY_NOT_FOUND(404, "No such replay"),
  SCHEDULE_NOT_FOUND(404, "No such schedule"),
  CALENDAR_NOT_FOUND(404, "No such calendar"),
  CONSUMER_NOT_FOUND(404, "No such consumer"),
  METHOD_NOT_ALLOWED(405, "The method is not supported here"),
  NOT_ACCEPTABLE(406, "No such representation"),
  QUEUE_NOT_EMPTY(409, "The queue holds messages"),
  PROVIDER_FIXED(409, "A queue stays with its provider"),
  ORDERING_FIXED(409, "The ordering cannot change while there are messages"),
  BROKER_REFUSED(409, "The broker refused"),
  BROKER_QUEUE_INCOMPATIBLE(409, "The broker's queue cannot be used"),
  DEDUPLICATION_CONFLICT(409, "The deduplication id was used for another request"),
  CALENDAR_IN_USE(409, "A schedule excludes the calendar"),
  MESSAGE_LEASED(409, "A receiver holds the message"),
  PAYLOAD_TOO_LARGE(413, "The message or the request is too large"),
  URI_TOO_LONG(414, "The address is too long"),
  UNSUPPORTED_MEDIA_TYPE(415, "The media type is not supported"),
  UNKNOWN_PROVIDER(422, "No such provider"),
  UNSUPPORTED_BY_PROVIDER(422, "The provider cannot do this"),
  HEADERS_TOO_LARGE(431, "The headers are too large"),
  INTERNAL_ERROR(500, "Something went wrong here"),
  PROVIDER_DISABLED(503, "The provider is turned off"),
  PROVIDER_UNAVAILABLE(503, "The provider is not available"),
  OUTCOME_UNKNOWN(503, "The broker did not answer in time");

  private final int status;
  private final String title;

  ProblemType(int status, String title) {
    this.status = status;
    this.title = title;
  }

  public int status() {
    return status;
  }

  public String title() {
    return title;
  }

  /** For example {@code queue-not-found}. */
  public String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The problem's {@code type}; a name, not an address to fetch. */
  public String uri() {
    return "urn:posthaste:problem:" + code();
  }
}
