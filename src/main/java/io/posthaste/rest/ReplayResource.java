package io.posthaste.rest;

import io.posthaste.deadletter.DeadLetterFilter;
import io.posthaste.deadletter.DeadLetters;
import io.posthaste.deadletter.MergePatch;
import io.posthaste.deadletter.Replay;
import io.posthaste.message.InvalidField;
import io.posthaste.message.MessageId;
import io.posthaste.problem.ProblemType;
import io.posthaste.queue.DeadLetterClass;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueueNotFound;
import io.posthaste.queue.Queues;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** Sends dead letters back: as a job that can be watched, or as a dry run that counts. */
@Path("/v1/dead-letters")
@Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class ReplayResource {
  private static final int MOST_IDS = 1000;

  /** One in about a quarter of an hour; slower ones would hardly end. */
  private static final double SLOWEST = 0.001;

  private static final double FASTEST = 100_000;

  private final DeadLetters deadLetters;
  private final Queues queues;

  ReplayResource(DeadLetters deadLetters, Queues queues) {
    this.deadLetters = deadLetters;
    this.queues = queues;
  }

  @POST
  @Path("/replay")
  public Uni<RestResponse<byte[]>> replay(byte[] body) {
    Order order = new Order();
    StrictJson.readObject(body, order);
    DeadLetterFilter filter = order.filter();
    return (order.dryRun ? count(order.to, filter) : start(order, filter))
        .onFailure(QueueNotFound.class)
        .transform(missing -> ProblemMapper.problem(missing).field("to"));
  }

  private Uni<RestResponse<byte[]>> count(@Nullable String to, DeadLetterFilter filter) {
    Uni<?> target =
        to == null ? Uni.createFrom().voidItem() : queues.get(new QueueName(to)).replaceWithVoid();
    return target
        .flatMap(_ -> deadLetters.count(filter))
        .map(matched -> Answers.ok(out -> out.open().field("matched", matched).close()));
  }

  private Uni<RestResponse<byte[]>> start(Order order, DeadLetterFilter filter) {
    return deadLetters
        .replay(
            new Replay.Order(
                filter,
                Optional.ofNullable(order.to),
                Optional.ofNullable(order.rate),
                Optional.ofNullable(order.patch)))
        .map(started -> Answers.json(202, started(started)));
  }

  private static byte[] started(Replay replay) {
    return new JsonWriter()
        .open()
        .field("id", replay.id().toString())
        .field("matched", replay.matched())
        .close()
        .toBytes();
  }

  @GET
  @Path("/replays/{id}")
  public Uni<RestResponse<byte[]>> get(@PathParam("id") String id) {
    UUID replayId = replayId(id);
    return deadLetters
        .findReplay(replayId)
        .map(
            found ->
                found.orElseThrow(
                    () ->
                        new Problem(
                            ProblemType.REPLAY_NOT_FOUND,
                            "There is no such replay; finished ones are kept for 30 days.")))
        .map(replay -> Answers.ok(out -> write(out, replay)));
  }

  private static UUID replayId(String text) {
    try {
      return MessageId.parse(text).value();
    } catch (IllegalArgumentException e) {
      throw new InvalidField("id", "must be a replay's id, a UUID of 36 characters");
    }
  }

  private static void write(JsonWriter out, Replay replay) {
    out.open()
        .field("id", replay.id().toString())
        .field("state", replay.finishedAt().isPresent() ? "done" : "running")
        .field("matched", replay.matched())
        .field("replayed", replay.replayed())
        .field("skipped", replay.skipped())
        .field("lastProblem", replay.lastProblem().orElse(null))
        .field("createdAt", replay.createdAt())
        .field("finishedAt", replay.finishedAt().orElse(null))
        .close();
  }

  private static String queue(String path, String name) {
    return StrictJson.named(path, () -> new QueueName(name)).value();
  }

  private static final class Order implements StrictJson.Field {
    private @Nullable Filter filter;
    private @Nullable List<MessageId> ids;
    private @Nullable String to;
    private @Nullable Double rate;
    private @Nullable MergePatch patch;
    private boolean dryRun;

    @Override
    public boolean read(String name, StrictJson in) throws IOException {
      switch (name) {
        case "filter" -> {
          // Kept only once it is read: null must not count as a filter that matches everything
          Filter fields = new Filter();
          in.object(name, fields);
          filter = fields;
        }
        case "ids" -> ids = ids(in.strings(name, MOST_IDS));
        case "to" -> to = queue(name, in.string(name));
        case "rate" -> rate = rate(in.number(name));
        case "patch" -> patch = MergePatch.parse(in.raw(name, StrictJson.DEPTH + 1));
        case "dryRun" -> dryRun = in.bool(name);
        default -> {
          return false;
        }
      }
      return true;
    }

    private static List<MessageId> ids(List<String> texts) {
      List<MessageId> all = new ArrayList<>();
      for (String text : texts) {
        all.add(MessageResource.id("ids[" + all.size() + "]", text));
      }
      return all;
    }

    private static double rate(double rate) {
      if (!(rate >= SLOWEST && rate <= FASTEST)) {
        throw new InvalidField("rate", "must be from 0.001 to 100000 messages a second");
      }
      return rate;
    }

    DeadLetterFilter filter() {
      if (filter != null && ids != null) {
        throw new InvalidField("ids", "must not stand beside 'filter'");
      }
      if (ids != null) {
        if (ids.isEmpty()) {
          throw new InvalidField("ids", "must be a list of 1 to " + MOST_IDS + " ids");
        }
        return DeadLetterFilter.ofIds(ids);
      }
      if (filter == null) {
        throw new InvalidField("filter", "is missing; send 'filter' or 'ids', {} for all");
      }
      return filter.filter();
    }
  }

  private static final class Filter implements StrictJson.Field {
    private @Nullable String queue;
    private @Nullable DeadLetterClass deadLetterClass;
    private @Nullable String reason;
    private @Nullable String type;
    private @Nullable Integer attempts;
    private @Nullable Instant from;
    private @Nullable Instant to;

    @Override
    public boolean read(String name, StrictJson in) throws IOException {
      switch (name) {
        case "queue" -> queue = queue("filter.queue", in.string("filter.queue"));
        case "class" ->
            deadLetterClass = FilterParameters.classOf("filter.class", in.string("filter.class"));
        case "reason" -> reason = in.string("filter.reason");
        case "type" -> type = in.string("filter.type");
        case "attempts" -> attempts = in.wholeNumber("filter.attempts", 0, 1000);
        case "from" -> from = in.instant("filter.from");
        case "to" -> to = in.instant("filter.to");
        default -> {
          return false;
        }
      }
      return true;
    }

    DeadLetterFilter filter() {
      return new DeadLetterFilter(
          Optional.ofNullable(queue),
          Optional.ofNullable(deadLetterClass),
          Optional.ofNullable(reason),
          Optional.ofNullable(type),
          Optional.ofNullable(attempts),
          Optional.ofNullable(from),
          Optional.ofNullable(to),
          List.of());
    }
  }
}
