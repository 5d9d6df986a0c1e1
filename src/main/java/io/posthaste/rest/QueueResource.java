package io.posthaste.rest;

import io.posthaste.delivery.Rates;
import io.posthaste.message.InvalidField;
import io.posthaste.problem.ProblemType;
import io.posthaste.queue.Providers;
import io.posthaste.queue.Queue;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueueStats;
import io.posthaste.queue.Queues;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Optional;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** Defines queues, reads, lists and deletes them; stats and purge. */
@Path("/v1/queues")
@Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class QueueResource {
  private final Queues queues;
  private final Providers providers;
  private final Rates rates;

  QueueResource(Queues queues, Providers providers, Rates rates) {
    this.queues = queues;
    this.rates = rates;
    this.providers = providers;
  }

  @PUT
  @Path("/{queue}")
  public Uni<RestResponse<byte[]>> put(@PathParam("queue") String queue, byte[] body) {
    QueueName name = new QueueName(queue);
    PolicyJson policy = new PolicyJson();
    StrictJson.readObject(body, policy);
    return queues
        .define(name, policy.provider(), policy.policy())
        .map(defined -> answer(name, defined));
  }

  private static RestResponse<byte[]> answer(QueueName name, Queues.Defined defined) {
    return switch (defined) {
      case Queues.Defined.Created(var queue) -> Answers.json(201, json(queue));
      case Queues.Defined.Changed(var queue) -> Answers.json(200, json(queue));
      case Queues.Defined.Refusal why -> throw QueueProblems.of(name, why);
    };
  }

  @GET
  @Path("/{queue}")
  public Uni<RestResponse<byte[]>> get(@PathParam("queue") String queue) {
    return queues.get(new QueueName(queue)).map(found -> Answers.ok(json(found)));
  }

  private static byte[] json(Queue queue) {
    JsonWriter out = new JsonWriter(512);
    PolicyJson.write(out, queue);
    return out.toBytes();
  }

  @GET
  public Uni<RestResponse<byte[]>> list(
      @QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
    int most = Parameters.limit(limit);
    return queues
        .list(Optional.ofNullable(cursor).map(QueueResource::cursor), most + 1)
        .map(found -> page(found, most));
  }

  private static QueueName cursor(String text) {
    try {
      return new QueueName(text);
    } catch (InvalidField e) {
      throw new InvalidField("cursor", "must be what a list gave as 'next'");
    }
  }

  private static RestResponse<byte[]> page(List<Queue> found, int most) {
    return Answers.ok(
        out -> {
          out.open().name("items").openList();
          found.stream().limit(most).forEach(queue -> PolicyJson.write(out, queue));
          out.closeList();
          if (found.size() > most) {
            out.field("next", found.get(most - 1).name().value());
          }
          out.close();
        });
  }

  @DELETE
  @Path("/{queue}")
  public Uni<RestResponse<byte[]>> delete(
      @PathParam("queue") String queue, @QueryParam("force") @Nullable String force) {
    QueueName name = new QueueName(queue);
    Queues.Removal removal =
        Parameters.flag("force", force) ? Queues.Removal.WITH_MESSAGES : Queues.Removal.ONLY_EMPTY;
    return queues
        .remove(name, removal)
        .map(
            removed ->
                switch (removed) {
                  case Queues.Removed.Gone() -> Answers.noContent();
                  case Queues.Removed.NotEmpty(var messages) ->
                      throw new Problem(
                              ProblemType.QUEUE_NOT_EMPTY,
                              "The queue holds "
                                  + messages
                                  + " messages. Drain it, or delete them too with ?force=true.")
                          .queue(name);
                });
  }

  @GET
  @Path("/{queue}/stats")
  public Uni<RestResponse<byte[]>> stats(@PathParam("queue") String queue) {
    return queues
        .get(new QueueName(queue))
        .flatMap(
            found ->
                providers
                    .of(found)
                    .stats(found)
                    .map(stats -> Answers.ok(out -> write(out, stats, rates.of(found.name())))));
  }

  private static void write(JsonWriter out, QueueStats stats, Rates.Snapshot rates) {
    out.open()
        .field("available", stats.available())
        .field("delayed", stats.delayed())
        .field("leased", stats.leased())
        .field("dead", stats.dead())
        .field("oldestAge", stats.oldestAge())
        .name("rates")
        .open()
        .field("sent", rates.sent())
        .field("received", rates.received())
        .field("acked", rates.acked())
        .close()
        .close();
  }

  @POST
  @Path("/{queue}/purge")
  public Uni<RestResponse<byte[]>> purge(@PathParam("queue") String queue, byte[] body) {
    StrictJson.readObject(body, (_, _) -> false);
    return queues
        .get(new QueueName(queue))
        .flatMap(found -> providers.of(found).purge(found))
        .map(purged -> Answers.ok(out -> out.open().field("purged", purged).close()));
  }
}
