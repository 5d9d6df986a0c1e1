package io.posthaste.scheduling;

import io.posthaste.schedule.ScheduleName;

/** A schedule cannot be defined as asked; nothing was changed. */
public final class ScheduleRefused extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient ScheduleName schedule;
  private final transient Scheduler.Put.Refusal why;

  public ScheduleRefused(ScheduleName schedule, Scheduler.Put.Refusal why) {
    super("schedule=" + schedule + " refused=" + why, null, false, false);
    this.schedule = schedule;
    this.why = why;
  }

  public ScheduleName schedule() {
    return schedule;
  }

  public Scheduler.Put.Refusal why() {
    return why;
  }
}
