package io.posthaste.database;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ServerArchiveTest {

  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, postgres-linux-x86_64.txz",
    "Linux, aarch64, postgres-linux-arm_64.txz",
    "Mac OS X, x86_64, postgres-darwin-x86_64.txz",
    "Mac OS X, aarch64, postgres-darwin-arm_64.txz",
    "Plan 9, mips, postgres-plan 9-mips.txz",
  })
  void archive_is_named_by_platform(String system, String architecture, String name) {
    assertThat(ServerArchive.nameFor(system, architecture)).isEqualTo(name);
  }
}
