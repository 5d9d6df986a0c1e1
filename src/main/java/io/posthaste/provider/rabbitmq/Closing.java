package io.posthaste.provider.rabbitmq;

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Method;
import com.rabbitmq.client.ShutdownSignalException;
import org.jspecify.annotations.Nullable;

/** What the broker says when it closes a channel, or a connection, because of what was asked. */
final class Closing {
  private static final int NOT_FOUND = 404;

  private Closing() {}

  /** The reason behind a failure; absent when the broker gave none. */
  static @Nullable Method reason(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof ShutdownSignalException signal) {
        return signal.getReason();
      }
    }
    return null;
  }

  /** Whether the broker has no such queue. */
  static boolean isNotFound(Throwable failure) {
    return reason(failure) instanceof AMQP.Channel.Close close && close.getReplyCode() == NOT_FOUND;
  }
}
