package io.posthaste.rest;

import io.posthaste.problem.ProblemType;
import io.posthaste.schedule.ScheduleName;
import io.posthaste.scheduling.Scheduler;

/** Why a schedule cannot be defined as asked, and what to do about it. */
final class ScheduleProblems {
  private ScheduleProblems() {}

  static Problem of(ScheduleName name, Scheduler.Put.Refusal why) {
    return switch (why) {
      case Scheduler.Put.OverlapUnseen(var target) ->
          new Problem(
                  ProblemType.UNSUPPORTED_BY_PROVIDER,
                  "The provider '"
                      + target.provider()
                      + "' cannot tell whether a message is settled, so 'overlap' must be \"allow\".")
              .queue(target.name())
              .field("overlap")
              .schedule(name);
      case Scheduler.Put.TooLarge(var target, var size) ->
          new Problem(
                  ProblemType.PAYLOAD_TOO_LARGE,
                  "The payload has %d bytes; the queue '%s' takes up to %d."
                      .formatted(size, target.name(), target.policy().maxMessageSize()))
              .queue(target.name())
              .schedule(name);
    };
  }
}
