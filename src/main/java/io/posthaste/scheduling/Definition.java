package io.posthaste.scheduling;

import io.posthaste.queue.QueueName;
import io.posthaste.schedule.MissedPolicy;
import io.posthaste.schedule.Overlap;
import io.posthaste.schedule.Timetable;

/** A schedule as its owner wrote it: when, what, and where to. */
public record Definition(
    Timetable timetable,
    MissedPolicy missed,
    Overlap overlap,
    QueueName target,
    MessageTemplate message) {}
