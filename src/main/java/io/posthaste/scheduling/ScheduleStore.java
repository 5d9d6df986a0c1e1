package io.posthaste.scheduling;

import io.posthaste.message.MessageId;
import io.posthaste.schedule.ScheduleName;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Optional;

/**
 * Where schedules lie, for all replicas, which fire them without being asked. What is answered
 * holds: no occurrence of the plan before a change is fired after the change was answered.
 */
public interface ScheduleStore {
  /** Stores a schedule, or changes it; its plan starts over when its timetable is another. */
  Uni<Defined> put(ScheduleName name, Definition definition);

  /** What a definition led to. */
  record Defined(Schedule schedule, boolean created) {}

  Uni<Optional<Schedule>> find(ScheduleName name);

  /** In the order of names, those behind {@code after}. */
  Uni<List<Schedule>> list(ScheduleFilter filter, Optional<ScheduleName> after, int limit);

  /** Whether it was there. Messages that it has sent stay. */
  Uni<Boolean> delete(ScheduleName name);

  /** Nothing fires from here on. Empty when there is no such schedule. */
  Uni<Optional<Schedule>> pause(ScheduleName name);

  /** What was planned meanwhile was missed. Empty when there is no such schedule. */
  Uni<Optional<Schedule>> resume(ScheduleName name);

  /** Sends a message now, beside the plan. Empty when there is no such schedule. */
  Uni<Optional<MessageId>> trigger(ScheduleName name);

  /** The latest first, those with a smaller number than {@code before}. */
  Uni<List<HistoryEntry>> history(Schedule schedule, Optional<Long> before, int limit);
}
