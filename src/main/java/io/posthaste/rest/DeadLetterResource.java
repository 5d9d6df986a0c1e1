package io.posthaste.rest;

import io.posthaste.deadletter.DeadLetter;
import io.posthaste.deadletter.DeadLetterFilter;
import io.posthaste.deadletter.DeadLetterStore;
import io.posthaste.deadletter.DeadLetters;
import io.posthaste.message.InvalidField;
import io.posthaste.message.MessageId;
import io.posthaste.problem.ProblemType;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** Lists, reads and removes dead letters. */
@Path("/v1/dead-letters")
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class DeadLetterResource {
  private final DeadLetters deadLetters;

  DeadLetterResource(DeadLetters deadLetters) {
    this.deadLetters = deadLetters;
  }

  @GET
  public Uni<RestResponse<byte[]>> list(
      @BeanParam FilterParameters filter,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("cursor") @Nullable String cursor) {
    int most = Parameters.limit(limit);
    return deadLetters
        .list(
            filter.filter(), Optional.ofNullable(cursor).map(DeadLetterResource::cursor), most + 1)
        .map(found -> page(found, most));
  }

  private static RestResponse<byte[]> page(List<DeadLetter> found, int most) {
    return Answers.ok(
        out -> {
          out.open().name("items").openList();
          found.stream().limit(most).forEach(letter -> summary(out.open(), letter).close());
          out.closeList();
          if (found.size() > most) {
            out.field("next", cursor(found.get(most - 1)));
          }
          out.close();
        });
  }

  private static String cursor(DeadLetter last) {
    return last.diedAt() + "_" + last.message().id();
  }

  private static DeadLetterStore.Cursor cursor(String text) {
    try {
      int end = text.indexOf('_');
      return new DeadLetterStore.Cursor(
          Instant.parse(text.substring(0, Math.max(0, end))),
          MessageId.parse(text.substring(end + 1)));
    } catch (RuntimeException e) {
      throw new InvalidField("cursor", "must be the 'next' of an earlier answer");
    }
  }

  private static JsonWriter summary(JsonWriter out, DeadLetter letter) {
    return out.field("id", letter.message().id().toString())
        .field("queue", letter.queue())
        .field("class", letter.deadLetterClass().code())
        .field("reason", letter.reason())
        .field("attempts", letter.attempts())
        .field("type", letter.message().content().type())
        .field("diedAt", letter.diedAt())
        .field("enqueuedAt", letter.message().enqueuedAt());
  }

  @GET
  @Path("/{id}")
  public Uni<RestResponse<byte[]>> get(@PathParam("id") String id) {
    MessageId messageId = id(id);
    return deadLetters
        .find(messageId)
        .map(found -> found.orElseThrow(() -> notFound(messageId)))
        .map(letter -> Answers.ok(out -> write(out, letter)));
  }

  // What stands beside the ids is none
  private static MessageId id(String text) {
    return switch (text) {
      case "replay" -> throw new NotAllowedException("POST");
      case "replays" -> throw ProblemMapper.unknownPath();
      default -> MessageResource.id(text);
    };
  }

  private static void write(JsonWriter out, DeadLetter letter) {
    summary(out.open(), letter).name("message").open();
    MessageJson.message(out, letter.message());
    out.close().name("history").openList();
    for (DeadLetter.FailedAttempt attempt : letter.history()) {
      out.open()
          .field("attempt", attempt.attempt())
          .field("failedAt", attempt.failedAt())
          .field("reason", attempt.reason())
          .close();
    }
    out.closeList().close();
  }

  @DELETE
  public Uni<RestResponse<byte[]>> delete(
      @BeanParam FilterParameters parameters, @QueryParam("all") @Nullable String all) {
    DeadLetterFilter filter = parameters.filter();
    if (filter.matchesAll() && !Parameters.flag("all", all)) {
      throw new InvalidField("all", "must be true to delete every dead letter; or give a filter");
    }
    return deadLetters
        .delete(filter)
        .map(deleted -> Answers.ok(out -> out.open().field("deleted", deleted).close()));
  }

  @DELETE
  @Path("/{id}")
  public Uni<RestResponse<byte[]>> deleteOne(@PathParam("id") String id) {
    MessageId messageId = id(id);
    return deadLetters
        .delete(DeadLetterFilter.ofIds(List.of(messageId)))
        .map(
            deleted -> {
              if (deleted == 0) {
                throw notFound(messageId);
              }
              return Answers.noContent();
            });
  }

  private static Problem notFound(MessageId id) {
    return new Problem(
            ProblemType.DEAD_LETTER_NOT_FOUND,
            "There is no such dead letter; it may have been replayed or deleted.")
        .messageId(id);
  }
}
