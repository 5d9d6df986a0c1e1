package io.posthaste.queue;

/** What a message that was answered as stored survives, where the broker's settings decide it. */
public enum Durability {
  /** On disk before the answer: a crash loses nothing. */
  ALWAYS,
  /** On disk once a second: a crash of the broker's machine loses about the last one. */
  EVERY_SECOND,
  /** On disk when the operating system likes: a crash of the broker's machine loses more. */
  UNSYNCED,
  /** Written now and then as a whole: a crash of the broker loses all since. */
  SNAPSHOTS,
  /** In memory alone: a restart of the broker loses everything. */
  NONE,
  /** The broker does not tell. */
  UNKNOWN
}
