package io.posthaste.rest;

import io.posthaste.problem.ProblemType;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.SendOutcome;

/** Why a message was not stored, as its sender is told. */
final class SendProblems {
  private SendProblems() {}

  static Problem of(QueueName queue, SendOutcome outcome) {
    return switch (outcome) {
      case SendOutcome.Conflict(var existing) ->
          new Problem(
                  ProblemType.DEDUPLICATION_CONFLICT,
                  "This deduplicationId was sent before with another request, as message "
                      + existing
                      + ". Use a new one for another message.")
              .queue(queue)
              .messageId(existing)
              .field("deduplicationId");
      case SendOutcome.TooLarge(var size, var max) ->
          new Problem(
                  ProblemType.PAYLOAD_TOO_LARGE,
                  "The payload has "
                      + size
                      + " bytes, the queue takes "
                      + max
                      + ". Send less, or raise the queue's maxMessageSize.")
              .queue(queue)
              .field("payload");
      // Ids are made here: the next try has another one
      case SendOutcome.IdTaken() ->
          new Problem(
                  ProblemType.PROVIDER_UNAVAILABLE,
                  "Another message has the id that this one got; nothing was done. Try again.")
              .queue(queue);
      case SendOutcome.QueueChanged() -> Problem.queueNotFound(queue);
      case SendOutcome.Refused(var reason) ->
          new Problem(ProblemType.INVALID_REQUEST, "The message cannot be stored: " + reason)
              .queue(queue);
      case SendOutcome.Failed(var cause) -> ProblemMapper.problem(cause).queue(queue);
      case SendOutcome.Stored _, SendOutcome.Duplicate _ ->
          throw new IllegalArgumentException("not a problem");
    };
  }
}
