package io.posthaste.rest;

import io.posthaste.problem.ProblemType;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.Queues;

/** Why a queue cannot be defined as asked, and what to do about it. */
final class QueueProblems {
  private QueueProblems() {}

  static Problem of(QueueName name, Queues.Defined.Refusal why) {
    return switch (why) {
      case Queues.Defined.UnknownProvider(var provider) ->
          new Problem(
                  ProblemType.UNKNOWN_PROVIDER,
                  "There is no provider '" + provider + "'; GET /v1/providers lists them.")
              .queue(name)
              .field("provider");
      case Queues.Defined.Unsupported(var provider, var capability) ->
          new Problem(
                  ProblemType.UNSUPPORTED_BY_PROVIDER,
                  "The provider '"
                      + provider
                      + "' cannot do '"
                      + ProviderResource.word(capability)
                      + "'.")
              .queue(name);
      case Queues.Defined.ProviderFixed(var queue) ->
          new Problem(
                  ProblemType.PROVIDER_FIXED,
                  "The queue was made with the provider '"
                      + queue.provider()
                      + "'. Make another queue, or delete this one first.")
              .queue(name)
              .field("provider");
      case Queues.Defined.Incompatible(var _, var reason) ->
          new Problem(
                  ProblemType.BROKER_QUEUE_INCOMPATIBLE,
                  "The broker has a queue of this name that Posthaste cannot use: "
                      + reason
                      + ". Choose another name, or make it a durable quorum queue without limits.")
              .queue(name);
      case Queues.Defined.OrderingFixed(var _, var messages) ->
          new Problem(
                  ProblemType.ORDERING_FIXED,
                  "The queue holds "
                      + messages
                      + " messages. Drain or purge it, then change the ordering.")
              .queue(name)
              .field("ordering");
    };
  }
}
