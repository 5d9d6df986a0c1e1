package io.posthaste.provider.redis;

import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.store.Merger;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells a broken world from a defect of ours, by the first word of the server's error. */
final class RedisFailure {
  /** In all of these nothing was done. */
  private static final Set<String> UNAVAILABLE =
      Set.of(
          "LOADING",
          "READONLY",
          "OOM",
          "MISCONF",
          "BUSY",
          "CLUSTERDOWN",
          "MASTERDOWN",
          "NOREPLICAS",
          "TRYAGAIN",
          "NOAUTH",
          "NOPERM",
          "WRONGPASS");

  private static final List<String> WRAPPED =
      List.of("OOM", "READONLY", "MISCONF", "NOREPLICAS", "MASTERDOWN");

  /** The same for those who merge requests. */
  static final Merger.Failures WORDS =
      new Merger.Failures() {
        @Override
        public Throwable translate(Throwable failure) {
          return RedisFailure.translate(failure);
        }

        @Override
        public String provider() {
          return RedisQueueProvider.NAME;
        }
      };

  private RedisFailure() {}

  /** What the port promises for this failure; a script that the server refuses stays as it is. */
  static Throwable translate(Throwable failure) {
    return switch (failure) {
      case ProviderUnavailable known -> known;
      case OutcomeUnknown known -> known;
      case ErrorType closed when closed.is("CONNECTION_CLOSED") -> unknown(closed);
      case ErrorType refused when UNAVAILABLE.contains(word(refused)) ->
          new ProviderUnavailable(RedisQueueProvider.NAME, condition(word(refused)), refused);
      case ErrorType defect -> defect;
      default -> unknown(failure);
    };
  }

  private static String condition(String word) {
    return switch (word) {
      case "OOM" -> "takes no messages: its memory is full (maxmemory)";
      case "MISCONF" -> "takes no messages: it cannot write to its disk";
      case "READONLY" -> "takes no messages: the server is a replica";
      case "LOADING" -> "still loads its data";
      case "NOAUTH", "NOPERM", "WRONGPASS" -> "does not let this user in or do this";
      default -> "takes nothing at the moment (" + word + ")";
    };
  }

  static ProviderUnavailable unavailable(@Nullable Throwable cause) {
    return new ProviderUnavailable(RedisQueueProvider.NAME, cause);
  }

  private static OutcomeUnknown unknown(Throwable cause) {
    return new OutcomeUnknown(RedisQueueProvider.NAME, cause);
  }

  /** Whether the server has answered, and does not want to. */
  static boolean isRefusal(Throwable failure) {
    return failure instanceof ErrorType refused && !refused.is("CONNECTION_CLOSED");
  }

  static boolean isUnknownScript(Throwable failure) {
    return failure instanceof ErrorType refused && word(refused).equals("NOSCRIPT");
  }

  /**
   * Whether the server is another one now: no longer the master, or one that asks for a password.
   */
  static boolean wantsNewConnection(Throwable failure) {
    return failure instanceof ErrorType refused
        && Set.of("READONLY", "NOAUTH", "CLUSTERDOWN", "MASTERDOWN").contains(word(refused));
  }

  private static String word(ErrorType failure) {
    String text = failure.toString();
    // Redis 6 wraps what a command says when it is called by a script
    for (String wrapped : WRAPPED) {
      if (text.startsWith("ERR") && text.contains("-" + wrapped + " ")) {
        return wrapped;
      }
    }
    int space = text.indexOf(' ');
    return space < 0 ? text : text.substring(0, space);
  }
}
