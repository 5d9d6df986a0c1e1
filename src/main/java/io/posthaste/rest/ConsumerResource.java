package io.posthaste.rest;

import io.posthaste.consumer.Consumer;
import io.posthaste.consumer.ConsumerName;
import io.posthaste.consumer.Consumers;
import io.posthaste.message.InvalidField;
import io.posthaste.problem.ProblemType;
import io.posthaste.queue.QueueName;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
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

/** Defines consumers of a queue, reads, lists and deletes them. */
@Path("/v1/queues/{queue}/consumers")
@Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class ConsumerResource {
  private final Consumers consumers;

  ConsumerResource(Consumers consumers) {
    this.consumers = consumers;
  }

  @PUT
  @Path("/{consumer}")
  public Uni<RestResponse<byte[]>> put(
      @PathParam("queue") String queue, @PathParam("consumer") String consumer, byte[] body) {
    QueueName of = new QueueName(queue);
    ConsumerName name = new ConsumerName(consumer);
    ConsumerJson fields = new ConsumerJson();
    StrictJson.readObject(body, fields);
    return consumers
        .define(of, name, fields.kind())
        .map(put -> Answers.json(put.created() ? 201 : 200, json(put.consumer())));
  }

  private byte[] json(Consumer consumer) {
    JsonWriter out = new JsonWriter();
    write(out, consumer);
    return out.toBytes();
  }

  private void write(JsonWriter out, Consumer consumer) {
    ConsumerJson.write(out, consumer, consumers.condition(consumer));
  }

  @GET
  @Path("/{consumer}")
  public Uni<RestResponse<byte[]>> get(
      @PathParam("queue") String queue, @PathParam("consumer") String consumer) {
    QueueName of = new QueueName(queue);
    ConsumerName name = new ConsumerName(consumer);
    return consumers
        .find(of, name)
        .map(found -> Answers.ok(json(found.orElseThrow(() -> notFound(of, name)))));
  }

  private static Problem notFound(QueueName queue, ConsumerName name) {
    return new Problem(
            ProblemType.CONSUMER_NOT_FOUND,
            "The queue '%s' has no consumer '%s'. Create it with PUT /v1/queues/%s/consumers/%s."
                .formatted(queue, name, queue, name))
        .queue(queue)
        .consumer(name);
  }

  @GET
  public Uni<RestResponse<byte[]>> list(
      @PathParam("queue") String queue,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("cursor") @Nullable String cursor) {
    QueueName of = new QueueName(queue);
    int most = Parameters.limit(limit);
    return consumers
        .list(of, Optional.ofNullable(cursor).map(ConsumerResource::cursor), most + 1)
        .map(found -> page(found, most));
  }

  private static ConsumerName cursor(String text) {
    try {
      return new ConsumerName(text);
    } catch (InvalidField e) {
      throw new InvalidField("cursor", "must be what a list gave as 'next'");
    }
  }

  private RestResponse<byte[]> page(List<Consumer> found, int most) {
    return Answers.ok(
        out -> {
          out.open().name("items").openList();
          found.stream().limit(most).forEach(consumer -> write(out, consumer));
          out.closeList();
          if (found.size() > most) {
            out.field("next", found.get(most - 1).name().value());
          }
          out.close();
        });
  }

  @DELETE
  @Path("/{consumer}")
  public Uni<RestResponse<byte[]>> delete(
      @PathParam("queue") String queue, @PathParam("consumer") String consumer) {
    QueueName of = new QueueName(queue);
    ConsumerName name = new ConsumerName(consumer);
    return consumers
        .remove(of, name)
        .map(
            gone -> {
              if (!gone) {
                throw notFound(of, name);
              }
              return Answers.noContent();
            });
  }
}
