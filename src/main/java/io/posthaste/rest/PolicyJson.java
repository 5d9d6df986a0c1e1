package io.posthaste.rest;

import io.posthaste.message.InvalidField;
import io.posthaste.queue.OnExpiry;
import io.posthaste.queue.Ordering;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.RetryPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A queue's policy as it stands in a PUT and in answers. Absent fields take the defaults. */
final class PolicyJson implements StrictJson.Field {
  private static final QueuePolicy DEFAULT = QueuePolicy.DEFAULT;
  private static final Duration INITIAL = Duration.ofSeconds(1);
  private static final Duration MAX = Duration.ofMinutes(5);
  private static final double MULTIPLIER = 2;
  private static final double JITTER = 0.2;

  private String provider = "postgres";
  private Duration lease = DEFAULT.lease();
  private int maxAttempts = DEFAULT.maxAttempts();
  private RetryPolicy retry = DEFAULT.retry();
  private Duration retention = DEFAULT.retention();
  private OnExpiry onExpiry = DEFAULT.onExpiry();
  private Ordering ordering = DEFAULT.ordering();
  private Duration deduplicationWindow = DEFAULT.deduplicationWindow();
  private int maxMessageSize = DEFAULT.maxMessageSize();

  @Override
  public boolean read(String name, StrictJson in) throws IOException {
    switch (name) {
      case "provider" -> provider = in.string(name);
      case "lease" -> lease = in.duration(name);
      case "maxAttempts" -> maxAttempts = in.wholeNumber(name, 1, 1000);
      case "retry" -> {
        Retry fields = new Retry();
        in.object(name, fields);
        retry = fields.policy();
      }
      case "retention" -> retention = in.duration(name);
      case "onExpiry" -> onExpiry = onExpiry(in.string(name));
      case "ordering" -> ordering = ordering(in.string(name));
      case "deduplicationWindow" -> deduplicationWindow = in.duration(name);
      case "maxMessageSize" ->
          maxMessageSize = in.wholeNumber(name, 1, QueuePolicy.LARGEST_MESSAGE);
      default -> {
        return false;
      }
    }
    return true;
  }

  String provider() {
    return provider;
  }

  QueuePolicy policy() {
    return new QueuePolicy(
        lease,
        maxAttempts,
        retry,
        retention,
        onExpiry,
        ordering,
        deduplicationWindow,
        maxMessageSize);
  }

  private static OnExpiry onExpiry(String text) {
    return switch (text) {
      case "dead-letter" -> OnExpiry.DEAD_LETTER;
      case "drop" -> OnExpiry.DROP;
      default -> throw new InvalidField("onExpiry", "must be \"dead-letter\" or \"drop\"");
    };
  }

  private static Ordering ordering(String text) {
    return switch (text) {
      case "none" -> Ordering.NONE;
      case "group" -> Ordering.GROUP;
      default -> throw new InvalidField("ordering", "must be \"none\" or \"group\"");
    };
  }

  private static final class Retry implements StrictJson.Field {
    private String strategy = "exponential";
    private @Nullable Duration initial;
    private @Nullable Duration max;
    private @Nullable Double multiplier;
    private @Nullable Double jitter;
    private @Nullable List<Duration> delays;

    @Override
    public boolean read(String name, StrictJson in) throws IOException {
      switch (name) {
        case "strategy" -> strategy = in.string("retry.strategy");
        case "initial" -> initial = in.duration("retry.initial");
        case "max" -> max = in.duration("retry.max");
        case "multiplier" -> multiplier = in.number("retry.multiplier");
        case "jitter" -> jitter = in.number("retry.jitter");
        case "delays" -> delays = in.durations("retry.delays", 100);
        default -> {
          return false;
        }
      }
      return true;
    }

    RetryPolicy policy() {
      Duration first = Objects.requireNonNullElse(initial, INITIAL);
      // A long first wait without a word about the longest means that it is the longest
      Duration longest = max != null ? max : first.compareTo(MAX) > 0 ? first : MAX;
      double spread = jitter != null ? jitter : strategy.equals("list") ? 0 : JITTER;
      return switch (strategy) {
        case "none" -> {
          requireAbsent(initial, "initial");
          requireAbsent(max, "max");
          requireAbsent(multiplier, "multiplier");
          requireAbsent(jitter, "jitter");
          requireAbsent(delays, "delays");
          yield new RetryPolicy.None();
        }
        case "fixed" -> {
          requireAbsent(multiplier, "multiplier");
          requireAbsent(delays, "delays");
          requireAbsent(max, "max");
          yield new RetryPolicy.Fixed(first, spread);
        }
        case "linear" -> {
          requireAbsent(multiplier, "multiplier");
          requireAbsent(delays, "delays");
          yield new RetryPolicy.Linear(first, longest, spread);
        }
        case "exponential" -> {
          requireAbsent(delays, "delays");
          yield new RetryPolicy.Exponential(
              first, longest, multiplier != null ? multiplier : MULTIPLIER, spread);
        }
        case "list" -> {
          requireAbsent(initial, "initial");
          requireAbsent(max, "max");
          requireAbsent(multiplier, "multiplier");
          if (delays == null) {
            throw new InvalidField("retry.delays", "is missing");
          }
          yield new RetryPolicy.Listed(delays, spread);
        }
        default ->
            throw new InvalidField(
                "retry.strategy",
                "must be \"none\", \"fixed\", \"linear\", \"exponential\" or \"list\"");
      };
    }

    private void requireAbsent(@Nullable Object value, String field) {
      if (value != null) {
        throw new InvalidField(
            "retry." + field, "has no meaning with the strategy \"" + strategy + "\"");
      }
    }
  }

  static void write(JsonWriter out, Queue queue) {
    QueuePolicy policy = queue.policy();
    out.open()
        .field("name", queue.name().value())
        .field("provider", queue.provider())
        .field("lease", policy.lease())
        .field("maxAttempts", policy.maxAttempts());
    retry(out.name("retry").open(), policy.retry());
    out.close()
        .field("retention", policy.retention())
        .field("onExpiry", policy.onExpiry() == OnExpiry.DROP ? "drop" : "dead-letter")
        .field("ordering", policy.ordering() == Ordering.GROUP ? "group" : "none")
        .field("deduplicationWindow", policy.deduplicationWindow())
        .field("maxMessageSize", policy.maxMessageSize())
        .field("createdAt", queue.createdAt())
        .field("changedAt", queue.changedAt())
        .close();
  }

  private static void retry(JsonWriter out, RetryPolicy retry) {
    switch (retry) {
      case RetryPolicy.None() -> out.field("strategy", "none");
      case RetryPolicy.Fixed(var initial, var jitter) ->
          out.field("strategy", "fixed").field("initial", initial).field("jitter", jitter);
      case RetryPolicy.Linear(var initial, var max, var jitter) ->
          out.field("strategy", "linear")
              .field("initial", initial)
              .field("max", max)
              .field("jitter", jitter);
      case RetryPolicy.Exponential(var initial, var max, var multiplier, var jitter) ->
          out.field("strategy", "exponential")
              .field("initial", initial)
              .field("max", max)
              .field("multiplier", multiplier)
              .field("jitter", jitter);
      case RetryPolicy.Listed(var delays, var jitter) -> {
        out.field("strategy", "list").name("delays").openList();
        delays.forEach(delay -> out.value(delay.toString()));
        out.closeList().field("jitter", jitter);
      }
    }
  }
}
