package io.posthaste.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.problem.ProblemType;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.SendOutcome;
import org.junit.jupiter.api.Test;

final class SendProblemsTest {
  @Test
  void message_that_was_not_stored_as_its_id_is_taken_may_be_sent_again() {
    Problem problem = SendProblems.of(new QueueName("q"), new SendOutcome.IdTaken());

    assertThat(problem.type()).isEqualTo(ProblemType.PROVIDER_UNAVAILABLE);
    assertThat(problem.detail()).contains("nothing was done");
  }
}
