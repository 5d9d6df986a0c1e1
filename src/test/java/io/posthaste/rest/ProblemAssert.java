package io.posthaste.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.posthaste.problem.ProblemType;
import io.posthaste.rest.Client.Answer;

/** Checks that an answer is a complete problem document. */
final class ProblemAssert {
  private final JsonNode problem;

  private ProblemAssert(JsonNode problem) {
    this.problem = problem;
  }

  static ProblemAssert assertProblem(Answer answer, ProblemType type) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(type.status());
    assertThat(answer.contentType()).isEqualTo("application/problem+json");
    JsonNode problem = answer.json();
    assertThat(problem.path("instance").asText()).isEqualTo(answer.raw().uri().getRawPath());
    return assertProblem(problem, type);
  }

  /** Also for the errors in a batch, which have no instance of their own. */
  static ProblemAssert assertProblem(JsonNode problem, ProblemType type) {
    assertThat(problem.path("type").asText())
        .as(problem.toString())
        .isEqualTo("urn:posthaste:problem:" + type.code());
    assertThat(problem.path("title").asText()).isEqualTo(type.title());
    assertThat(problem.path("status").asInt()).isEqualTo(type.status());
    assertThat(problem.path("detail").asText()).isNotBlank();
    assertThat(problem).noneMatch(JsonNode::isNull);
    return new ProblemAssert(problem);
  }

  ProblemAssert names(String member, String value) {
    assertThat(problem.path(member).asText()).as(problem.toString()).isEqualTo(value);
    return this;
  }

  ProblemAssert says(String part) {
    assertThat(problem.path("detail").asText()).contains(part);
    return this;
  }
}
