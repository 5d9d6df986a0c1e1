package io.posthaste.deadletter;

import io.smallrye.mutiny.Uni;
import java.util.Optional;
import java.util.UUID;

/** Where replays lie, and who carries them on. */
public interface ReplayStore {
  /** Starts a replay; it goes on by itself from here, whatever happens to this replica. */
  Uni<Replay> start(Replay.Order order);

  Uni<Optional<Replay>> find(UUID id);
}
