package io.posthaste.rest;

import static io.posthaste.rest.ProblemAssert.assertProblem;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.database.PostgresForTests;
import io.posthaste.problem.ProblemType;
import io.posthaste.rest.OpenApiDocument.Operation;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@QuarkusTest
@WithTestResource(PostgresForTests.class)
final class KnownParametersTest {
  @TestHTTPResource("/")
  URI base;

  private Client client;

  @BeforeEach
  void connect() {
    client = new Client(base);
  }

  @Test
  void parameters_of_all_operations_are_those_of_the_document() {
    OpenApiDocument document = OpenApiDocument.committed();

    Map<String, List<String>> documented =
        document.operations().stream()
            .collect(
                Collectors.toMap(Operation::toString, operation -> names(document, operation)));
    documented.values().removeIf(List::isEmpty);

    assertThat(KnownParameters.NAMES).isEqualTo(documented);
  }

  private static List<String> names(OpenApiDocument document, Operation operation) {
    return document.parameters(operation).stream()
        .filter(parameter -> parameter.get("in").asText().equals("query"))
        .map(parameter -> parameter.get("name").asText())
        .toList();
  }

  @Test
  void every_operation_refuses_parameters_that_it_does_not_know() {
    for (Operation operation : OpenApiDocument.committed().operations()) {
      String path = operation.path().replaceAll("\\{[^}]*}", "a");

      assertProblem(
              client.call(operation.method().toUpperCase(Locale.ROOT), path + "?queu=a", "{}"),
              ProblemType.INVALID_REQUEST)
          .names("field", "queu");
    }
  }

  @Test
  void refusal_says_which_parameters_there_are() {
    assertProblem(client.get("/v1/queues?size=1"), ProblemType.INVALID_REQUEST)
        .names("detail", "'size' is not a known parameter here; there are 'limit', 'cursor'.");
    assertProblem(client.get("/v1/providers?size=1"), ProblemType.INVALID_REQUEST)
        .names("detail", "'size' is not a known parameter here; there are none.");
  }

  @ParameterizedTest
  @CsvSource({
    "class=expired&queue=, queue, must not be empty",
    "class=expired&queue, queue, must not be empty",
    "queue=a&queue=b, queue, stands there twice",
    "queue=a&QUEUE=b, queue, stands there twice",
    "QUEUE=b, QUEUE, is not a known parameter",
    "queue=a&limit=1, limit, is not a known parameter",
    "queue=a&cursor=x, cursor, is not a known parameter",
  })
  void nothing_is_deleted_by_a_filter_that_is_not_understood(
      String query, String field, String why) {
    assertProblem(client.delete("/v1/dead-letters?" + query), ProblemType.INVALID_REQUEST)
        .names("field", field)
        .says(why);
  }

  @ParameterizedTest
  @CsvSource({"/v1/topology?dryRun", "/v1/topology?dryRun=", "/v1/topology/?dryRun="})
  void nothing_is_applied_by_a_dry_run_that_is_not_understood(String address) {
    String queue = "none-" + System.nanoTime();

    assertProblem(
            client.put(address, "{\"queues\":{\"" + queue + "\":{}}}"), ProblemType.INVALID_REQUEST)
        .names("field", "dryRun");

    assertThat(client.get("/v1/queues/" + queue).status()).isEqualTo(404);
  }
}
