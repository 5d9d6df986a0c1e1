package io.posthaste.rest;

import io.posthaste.message.Due;
import io.posthaste.message.InvalidField;
import io.posthaste.message.MessageId;
import io.posthaste.problem.ProblemType;
import io.posthaste.queue.MessageState;
import io.posthaste.queue.Providers;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueueProvider;
import io.posthaste.queue.Queues;
import io.posthaste.queue.StoredMessage;
import io.posthaste.queue.UnsupportedByProvider;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** Looks at messages without a lease, and changes or cancels one that nobody holds. */
@Path("/v1/queues/{queue}/messages")
@Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class MessageResource {
  private final Queues queues;
  private final Providers providers;
  private final InstantSource clock = InstantSource.system();

  MessageResource(Queues queues, Providers providers) {
    this.queues = queues;
    this.providers = providers;
  }

  @GET
  public Uni<RestResponse<byte[]>> peek(
      @PathParam("queue") String queue,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("state") @Nullable String state) {
    int most = Parameters.limit(limit);
    Optional<MessageState> wanted = Optional.ofNullable(state).map(MessageResource::state);
    return queues
        .get(new QueueName(queue))
        .flatMap(found -> providers.of(found).peek(found, wanted, most))
        .map(
            messages ->
                Answers.ok(
                    out -> {
                      out.open().name("items").openList();
                      messages.forEach(message -> MessageJson.stored(out, message));
                      out.closeList().close();
                    }));
  }

  private static MessageState state(String text) {
    return switch (text) {
      case "available" -> MessageState.AVAILABLE;
      case "delayed" -> MessageState.DELAYED;
      case "leased" -> MessageState.LEASED;
      default ->
          throw new InvalidField("state", "must be \"available\", \"delayed\" or \"leased\"");
    };
  }

  @GET
  @Path("/{id}")
  public Uni<RestResponse<byte[]>> get(
      @PathParam("queue") String queue, @PathParam("id") String id) {
    MessageId messageId = id(id);
    return queues.get(new QueueName(queue)).flatMap(found -> find(found, messageId));
  }

  private Uni<RestResponse<byte[]>> find(Queue queue, MessageId id) {
    return providers
        .of(queue)
        .find(queue, id)
        .map(
            found -> {
              StoredMessage message = found.orElseThrow(() -> notFound(queue.name(), id));
              return Answers.ok(out -> MessageJson.stored(out, message));
            });
  }

  @PATCH
  @Path("/{id}")
  public Uni<RestResponse<byte[]>> change(
      @PathParam("queue") String queue, @PathParam("id") String id, byte[] body) {
    MessageId messageId = id(id);
    Moved moved = new Moved();
    StrictJson.readObject(body, moved);
    Due due = moved.due(clock.instant());
    return queues
        .get(new QueueName(queue))
        .flatMap(
            found ->
                providers
                    .of(found)
                    .reschedule(found, messageId, due)
                    .invoke(outcome -> require(outcome, found.name(), messageId))
                    .flatMap(_ -> find(found, messageId))
                    // Due now, it has gone where its provider cannot look
                    .onFailure(UnsupportedByProvider.class)
                    .recoverWithItem(Answers.noContent()));
  }

  private static final class Moved implements StrictJson.Field {
    private @Nullable Duration delay;
    private @Nullable Instant deliverAt;

    @Override
    public boolean read(String name, StrictJson in) throws IOException {
      switch (name) {
        case "delay" -> delay = in.duration(name);
        case "deliverAt" -> deliverAt = in.instant(name);
        default -> {
          return false;
        }
      }
      return true;
    }

    Due due(Instant now) {
      if (delay == null && deliverAt == null) {
        throw new InvalidField("deliverAt", "or 'delay' is missing");
      }
      return MessageReader.due(delay, deliverAt, now);
    }
  }

  @DELETE
  @Path("/{id}")
  public Uni<RestResponse<byte[]>> cancel(
      @PathParam("queue") String queue, @PathParam("id") String id) {
    MessageId messageId = id(id);
    return queues
        .get(new QueueName(queue))
        .flatMap(
            found ->
                providers
                    .of(found)
                    .cancel(found, messageId)
                    .invoke(outcome -> require(outcome, found.name(), messageId)))
        .map(_ -> Answers.noContent());
  }

  static MessageId id(String text) {
    return id("id", text);
  }

  static MessageId id(String field, String text) {
    try {
      return MessageId.parse(text);
    } catch (IllegalArgumentException e) {
      throw new InvalidField(field, "must be a message id, a UUID of 36 characters");
    }
  }

  private static void require(QueueProvider.ChangeOutcome outcome, QueueName queue, MessageId id) {
    switch (outcome) {
      case CHANGED -> {}
      case LEASED ->
          throw new Problem(
                  ProblemType.MESSAGE_LEASED,
                  "A receiver holds the message; wait until it is settled.")
              .queue(queue)
              .messageId(id);
      case NOT_FOUND -> throw notFound(queue, id);
    }
  }

  private static Problem notFound(QueueName queue, MessageId id) {
    return new Problem(
            ProblemType.MESSAGE_NOT_FOUND,
            "The queue shows no such message: it may be settled, or a dead letter; on rabbitmq only delayed ones are seen.")
        .queue(queue)
        .messageId(id);
  }
}
