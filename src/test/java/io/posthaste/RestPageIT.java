package io.posthaste;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.rest.Client;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The examples of docs/rest.md and docs/firing.md, run as they stand there, against the packaged
 * service.
 */
final class RestPageIT {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```bash\\n(.*?)^```$");
  private static final Pattern PROBLEM = Pattern.compile("urn:posthaste:problem:([a-z-]+)");

  @TempDir static Path data;

  private static ServiceProcess service;

  @BeforeAll
  static void start() {
    service = ServiceProcess.startIn(data).awaitReady();
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static String examples(String page) throws IOException {
    return BLOCK
        .matcher(Files.readString(Path.of(page)))
        .results()
        .map(block -> block.group(1))
        .collect(Collectors.joining())
        .replace("localhost:8080", "127.0.0.1:" + service.port());
  }

  @Test
  void examples_of_schedules_run_from_top_to_bottom() throws IOException, InterruptedException {
    String shown = run(examples("docs/firing.md"));

    assertThat(PROBLEM.matcher(shown).results().map(MatchResult::group)).as(shown).isEmpty();
    assertThat(shown)
        .contains("\"occurrences\":[{\"due\":", "\"posthaste-schedule\":\"daily-report\"")
        .contains("\"outcome\":\"triggered\"", "\"state\":\"paused\"");
  }

  @Test
  void examples_run_from_top_to_bottom() throws IOException, InterruptedException {
    String shown = run(examples("docs/rest.md"));

    assertThat(PROBLEM.matcher(shown).results().map(MatchResult::group))
        .as("only the two that are there to be shown: %s", shown)
        .containsExactly(
            "urn:posthaste:problem:queue-not-found", "urn:posthaste:problem:invalid-request");
    assertThat(shown)
        .contains("\"outcome\":\"extended\"", "\"outcome\":\"acked\"", "\"outcome\":\"released\"")
        .contains("\"outcome\":\"dead\"", "\"history\":[", "\"matched\":1", "\"deleted\":0");
  }

  private static String run(String script) throws IOException, InterruptedException {
    Path output = data.resolve("rest.txt");
    Process bash =
        new ProcessBuilder("bash", "-e", "-o", "pipefail", "-c", script)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(bash.waitFor(60, TimeUnit.SECONDS)).as("ends within a minute").isTrue();
    assertThat(bash.exitValue()).as(Files.readString(output)).isZero();
    return Files.readString(output);
  }

  @Test
  void production_serves_the_openapi_document_and_no_swagger_ui() {
    Client client = new Client(service.uri("/"));

    assertThat(client.get("/q/openapi").text()).contains("title: Posthaste");
    assertThat(client.get("/q/swagger-ui/").status()).isEqualTo(404);
  }
}
