package io.posthaste.database;

import java.sql.SQLException;
import java.util.Set;

/** Tells a database that does not answer from one that answers with an error. */
final class Connectivity {

  private static final String CONNECTION_CLASS = "08";

  // Shutting down or crashed (57P0x, of which 57P03 is starting up), too many connections
  private static final Set<String> UNAVAILABLE = Set.of("57P01", "57P02", "57P03", "53300");

  private Connectivity() {}

  /** Whether the failure may pass when the database is back. */
  static boolean isLacking(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && isLacking(sql)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isLacking(SQLException failure) {
    String state = failure.getSQLState();
    // The connection pool has no state for "no connection in time"
    return state == null || state.startsWith(CONNECTION_CLASS) || UNAVAILABLE.contains(state);
  }

  /** What it comes down to, in one line. */
  static String lastCause(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }
}
