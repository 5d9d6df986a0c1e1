package io.posthaste.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.problem.ProblemType;
import io.posthaste.queue.Settlement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** docs/rest.md leaves out no problem and no outcome. */
final class ProblemTableTest {
  private static String page() throws IOException {
    return Files.readString(Path.of("docs/rest.md"));
  }

  @Test
  void every_problem_is_in_the_table() throws IOException {
    // Of AMQP alone, until there are topics
    for (ProblemType type : EnumSet.complementOf(EnumSet.of(ProblemType.TOPIC_NOT_FOUND))) {
      assertThat(page()).contains("| `" + type.code() + "` | " + type.status() + " |");
    }
  }

  @Test
  void every_outcome_is_named() throws IOException {
    for (Settlement.Outcome outcome : Settlement.Outcome.values()) {
      assertThat(page())
          .contains("`" + outcome.name().toLowerCase(Locale.ROOT).replace('_', '-') + "`");
    }
  }
}
