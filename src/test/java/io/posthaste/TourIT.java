package io.posthaste;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tour of the README, run as it stands there. */
final class TourIT {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```bash tour\\n(.*?)^```$");
  private static final Pattern REPLAY =
      Pattern.compile("\\{\"id\":\"[0-9a-f-]{36}\",\"matched\":1}");

  @TempDir Path data;

  @Test
  void tour_shows_what_it_says() throws IOException, InterruptedException {
    try (var service = ServiceProcess.startIn(data).awaitReady()) {
      List<String> shown = run(tour().replace("localhost:8080", "127.0.0.1:" + service.port()));

      assertThat(shown)
          .satisfiesExactly(
              created -> assertThat(created).contains("\"name\":\"tour\"", "\"maxAttempts\":1"),
              sent -> assertThat(sent).startsWith("{\"id\":\""),
              acked -> assertThat(acked).contains("\"outcome\":\"acked\""),
              rejected -> assertThat(rejected).contains("\"outcome\":\"dead\""),
              dead ->
                  assertThat(dead)
                      .contains("\"queue\":\"tour\"", "\"class\":\"retries-exhausted\"")
                      .contains("\"reason\":\"out of stock\""),
              replay -> assertThat(replay).matches(REPLAY),
              back -> assertThat(back).contains("\"attempt\":1", "\"payload\":{\"order\":2}"),
              done -> assertThat(done).contains("\"outcome\":\"acked\""));
    }
  }

  private static String tour() throws IOException {
    Matcher block = BLOCK.matcher(Files.readString(Path.of("README.md")));
    assertThat(block.find()).as("README.md has a block ```bash tour").isTrue();
    return block.group(1);
  }

  /** The lines that it prints. */
  private List<String> run(String script) throws IOException, InterruptedException {
    Path output = data.resolve("tour.txt");
    Process bash =
        new ProcessBuilder("bash", "-e", "-o", "pipefail", "-c", script)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(bash.waitFor(60, TimeUnit.SECONDS)).as("ends within a minute").isTrue();
    List<String> lines = Files.readAllLines(output);
    assertThat(bash.exitValue()).as("exit code, after %s", lines).isZero();
    return lines;
  }
}
