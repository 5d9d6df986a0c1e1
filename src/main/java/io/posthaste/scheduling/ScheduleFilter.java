package io.posthaste.scheduling;

import java.util.Optional;

/** Which schedules are meant; all that is present must hold. */
public record ScheduleFilter(
    Optional<String> queue, Optional<Schedule.State> state, Optional<String> prefix) {}
