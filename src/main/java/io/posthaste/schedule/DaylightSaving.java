package io.posthaste.schedule;

/**
 * What becomes of local times that a clock change leaves out, or has twice.
 *
 * <p>By default nothing is lost and nothing fires twice: after a gap, and at the first of a repeat.
 */
public record DaylightSaving(Gap gap, Repeat repeat) {
  public static final DaylightSaving DEFAULT = new DaylightSaving(Gap.AFTER, Repeat.FIRST);

  /** The same for what happens once: of two times it takes one. */
  DaylightSaving once() {
    return repeat == Repeat.BOTH ? new DaylightSaving(gap, Repeat.FIRST) : this;
  }

  /** A local time that does not exist, because the clock is put forward over it. */
  public enum Gap {
    /** It is left out. */
    SKIP,
    /** It becomes the gap's end; all that fall into one gap become one. */
    AFTER
  }

  /**
   * A local time that exists twice, because the clock is put back over it. A rule that repeats
   * within the hour, or every hour, goes on through both, whatever is said here.
   */
  public enum Repeat {
    FIRST,
    SECOND,
    BOTH
  }
}
