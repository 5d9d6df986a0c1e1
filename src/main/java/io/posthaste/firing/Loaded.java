package io.posthaste.firing;

import io.posthaste.schedule.Occurrences;
import io.posthaste.schedule.ScheduleName;
import io.posthaste.scheduling.Definition;

/** A schedule in one of its versions, ready to be decided about. */
record Loaded(ScheduleName name, long version, Definition definition, Occurrences occurrences) {
  int size() {
    return definition.message().content().payload().size();
  }
}
