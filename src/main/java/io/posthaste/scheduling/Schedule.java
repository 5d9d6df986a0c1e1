package io.posthaste.scheduling;

import io.posthaste.schedule.ScheduleName;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * A schedule as it stands.
 *
 * @param id never used again, not even for a schedule of the same name after a delete
 * @param anchor when its timetable was made or last changed; intervals count from here
 * @param plan how far it has come
 * @param problem why its next occurrence cannot be sent at the moment
 */
public record Schedule(
    int id,
    ScheduleName name,
    Definition definition,
    Instant anchor,
    Instant createdAt,
    Instant changedAt,
    Plan plan,
    State state,
    Optional<String> problem) {

  /** Whether it goes on firing. */
  public enum State {
    ACTIVE,
    PAUSED,
    /** Nothing is left to fire. */
    FINISHED;

    /** The word in JSON. */
    public String code() {
      return name().toLowerCase(Locale.ROOT);
    }

    public static Optional<State> ofCode(String code) {
      for (State state : values()) {
        if (state.code().equals(code)) {
          return Optional.of(state);
        }
      }
      return Optional.empty();
    }
  }
}
