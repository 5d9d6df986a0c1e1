package io.posthaste.provider.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.queue.Durability;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ServerDurabilityTest {

  @ParameterizedTest
  @CsvSource({
    "yes, always, ALWAYS",
    "yes, everysec, EVERY_SECOND",
    "yes, no, UNSYNCED",
    "yes, newly, UNKNOWN",
  })
  void with_a_log_its_syncs_decide(String appendOnly, String sync, Durability durability) {
    assertThat(
            ServerDurability.of(
                Map.of("appendonly", appendOnly, "appendfsync", sync), Map.of("save", "3600 1")))
        .isEqualTo(durability);
  }

  @Test
  void without_a_log_there_are_snapshots_at_best() {
    Map<String, String> off = Map.of("appendonly", "no", "appendfsync", "always");

    assertThat(ServerDurability.of(off, Map.of("save", "3600 1"))).isEqualTo(Durability.SNAPSHOTS);
    assertThat(ServerDurability.of(off, Map.of("save", ""))).isEqualTo(Durability.NONE);
  }

  @Test
  void server_that_tells_nothing_is_unknown() {
    assertThat(ServerDurability.of(Map.of(), Map.of())).isEqualTo(Durability.UNKNOWN);
  }
}
