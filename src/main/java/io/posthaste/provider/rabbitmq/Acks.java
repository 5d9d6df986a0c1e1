package io.posthaste.provider.rabbitmq;

import io.posthaste.message.MessageId;
import io.posthaste.store.FailureLog;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Forgets what is known of messages that are done. Only of those that failed before is anything.
 */
final class Acks {
  private static final Logger LOG = Logger.getLogger(Acks.class);

  private final FailureLog failures;

  Acks(FailureLog failures) {
    this.failures = failures;
  }

  /**
   * Nobody waits for it: what stays behind by a failure costs a row, and is no part of anything.
   */
  void done(List<Held> done) {
    List<MessageId> failed =
        done.stream()
            .filter(held -> held.carried().failed() > 0)
            .map(held -> held.carried().message().id())
            .toList();
    if (!failed.isEmpty()) {
      failures
          .forget(failed)
          .subscribe()
          .with(_ -> {}, failure -> LOG.debugf("history left behind cause=%s", failure));
    }
  }
}
