package io.posthaste.amqp;

import io.posthaste.message.InvalidField;
import io.posthaste.problem.ProblemType;
import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderDisabled;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueueNotFound;
import io.posthaste.queue.SendOutcome;
import io.posthaste.queue.UnsupportedByProvider;
import org.jboss.logging.Logger;

/** The one place where failures become reasons for a rejection. */
final class Refusals {
  private static final Logger LOG = Logger.getLogger(Refusals.class);

  private Refusals() {}

  /** Whether it will be otherwise in a while, so that the message is kept and tried again. */
  static boolean isPassing(Throwable failure) {
    return failure instanceof ProviderUnavailable || failure instanceof OutcomeUnknown;
  }

  static Refusal of(Throwable failure) {
    return switch (failure) {
      case InvalidField invalid ->
          new Refusal(
              ProblemType.INVALID_REQUEST,
              "'" + invalid.field() + "' " + invalid.getMessage() + ".");
      case QueueNotFound missing -> queueNotFound(missing.queue());
      case ProviderDisabled disabled ->
          new Refusal(
              ProblemType.PROVIDER_DISABLED,
              "The provider '%s' is turned off; its operator turns it on by setting %s."
                  .formatted(disabled.provider(), disabled.setting()));
      case UnsupportedByProvider unsupported ->
          new Refusal(
              ProblemType.UNSUPPORTED_BY_PROVIDER, String.valueOf(unsupported.getMessage()));
      default -> {
        LOG.error("message rejected, by a defect of Posthaste", failure);
        yield new Refusal(
            ProblemType.INTERNAL_ERROR, "This is a defect of Posthaste; its log says more.");
      }
    };
  }

  /**
   * What is to be done after a send.
   *
   * @throws ProviderUnavailable when nothing was done
   * @throws OutcomeUnknown when it may have been
   */
  static Verdict of(QueueName queue, SendOutcome outcome) {
    return switch (outcome) {
      case SendOutcome.Stored _, SendOutcome.Duplicate _ -> new Verdict.Stored();
      case SendOutcome.Conflict(var existing) ->
          new Verdict.Refused(
              new Refusal(
                  ProblemType.DEDUPLICATION_CONFLICT,
                  "This deduplication id was sent before with another request, as message "
                      + existing
                      + ". Use a new one for another message."));
      case SendOutcome.TooLarge(var size, var max) ->
          new Verdict.Refused(
              new Refusal(
                  ProblemType.PAYLOAD_TOO_LARGE,
                  "The payload has "
                      + size
                      + " bytes, the queue takes "
                      + max
                      + ". Send less, or raise the queue's maxMessageSize."));
      case SendOutcome.IdTaken() -> new Verdict.IdTaken();
      case SendOutcome.QueueChanged() -> new Verdict.Refused(queueNotFound(queue));
      case SendOutcome.Refused(var reason) ->
          new Verdict.Refused(
              new Refusal(ProblemType.INVALID_REQUEST, "The message cannot be stored: " + reason));
      case SendOutcome.Failed(var cause) -> throw cause;
    };
  }

  private static Refusal queueNotFound(QueueName queue) {
    return new Refusal(
        ProblemType.QUEUE_NOT_FOUND,
        "There is no queue '" + queue + "'. Create it with PUT /v1/queues/" + queue + ".");
  }
}
