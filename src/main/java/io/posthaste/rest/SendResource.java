package io.posthaste.rest;

import io.posthaste.delivery.Send;
import io.posthaste.message.InvalidField;
import io.posthaste.message.MessageId;
import io.posthaste.message.UuidV7;
import io.posthaste.problem.ProblemType;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.SendOutcome;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import org.jboss.resteasy.reactive.RestResponse;

/** Sends messages into a queue: one, or a batch with an outcome for each. */
@Path("/v1/queues/{queue}/messages")
@Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class SendResource {
  private static final int MOST = 1000;

  private final Send send;
  private final InstantSource clock = InstantSource.system();
  // Each call asks for the calling thread's generator
  private final RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
  private final UuidV7 ids = new UuidV7(clock, random);

  SendResource(Send send) {
    this.send = send;
  }

  @POST
  public Uni<RestResponse<byte[]>> send(
      @PathParam("queue") String queue, @Context HttpHeaders headers, byte[] body) {
    return send(queue, TraceContext.of(headers::getHeaderString), body)
        .map(json -> Answers.json(201, json));
  }

  /** What is answered to a single send. */
  Uni<byte[]> send(String queue, TraceContext trace, byte[] body) {
    QueueName name = new QueueName(queue);
    MessageReader reader = new MessageReader();
    StrictJson.readObject(body, reader);
    NewMessage message = reader.message(new MessageId(ids.next()), trace, clock.instant());
    return send.send(name, List.of(message)).map(outcomes -> single(name, outcomes.getFirst()));
  }

  private static byte[] single(QueueName queue, SendOutcome outcome) {
    return switch (outcome) {
      case SendOutcome.Stored(var id) -> created(id);
      case SendOutcome.Duplicate(var id) -> created(id);
      default -> throw SendProblems.of(queue, outcome);
    };
  }

  private static byte[] created(MessageId id) {
    return new JsonWriter(64).open().field("id", id.toString()).close().toBytes();
  }

  @POST
  @Path("/batch")
  public Uni<RestResponse<byte[]>> sendBatch(
      @PathParam("queue") String queue, @Context HttpHeaders headers, byte[] body) {
    QueueName name = new QueueName(queue);
    Batch batch = read(body, TraceContext.of(headers::getHeaderString));
    if (batch.size == 0) {
      throw new InvalidField("messages", "must be a list of 1 to " + MOST + " messages");
    }
    if (batch.messages.isEmpty()) {
      return Uni.createFrom().item(results(name, batch, List.of()));
    }
    return send.send(name, batch.messages).map(outcomes -> results(name, batch, outcomes));
  }

  private Batch read(byte[] body, TraceContext trace) {
    Batch batch = new Batch(trace, clock.instant());
    try {
      StrictJson.readObject(body, batch);
      return batch;
    } catch (Problem problem) {
      if (problem.type() != ProblemType.MALFORMED_JSON || BrokenText.isSound(body)) {
        throw problem;
      }
      // Its text may be broken in some entries only
      Batch rest = new Batch(trace, clock.instant());
      StrictJson.readObjectDespiteBrokenText(body, rest);
      return rest;
    }
  }

  /** The messages of a batch, and what is wrong with those that cannot be sent. */
  private final class Batch implements StrictJson.Field, StrictJson.Entry {
    final List<NewMessage> messages = new ArrayList<>();
    final TreeMap<Integer, InvalidField> invalid = new TreeMap<>();
    final TraceContext trace;
    final Instant now;
    int size;

    Batch(TraceContext trace, Instant now) {
      this.trace = trace;
      this.now = now;
    }

    @Override
    public boolean read(String name, StrictJson in) throws IOException {
      if (!name.equals("messages")) {
        return false;
      }
      in.objects(name, MOST, this);
      return true;
    }

    @Override
    public void read(int index, StrictJson in) throws IOException {
      size = index + 1;
      MessageReader reader = new MessageReader();
      in.entryFields("messages[" + index + "]", reader);
      messages.add(reader.message(new MessageId(ids.next()), trace, now));
    }

    @Override
    public void invalid(int index, InvalidField problem) {
      size = index + 1;
      invalid.put(index, problem);
    }
  }

  private static RestResponse<byte[]> results(
      QueueName queue, Batch batch, List<SendOutcome> outcomes) {
    JsonWriter out = new JsonWriter(64 * batch.size);
    out.open().name("results").openList();
    int next = 0;
    for (int i = 0; i < batch.size; i++) {
      InvalidField invalid = batch.invalid.get(i);
      if (invalid == null) {
        result(out, queue, outcomes.get(next++));
      } else {
        error(out, Problem.of(invalid).queue(queue));
      }
    }
    return Answers.ok(out.closeList().close().toBytes());
  }

  private static void result(JsonWriter out, QueueName queue, SendOutcome outcome) {
    switch (outcome) {
      case SendOutcome.Stored(var id) -> out.open().field("id", id.toString()).close();
      case SendOutcome.Duplicate(var id) -> out.open().field("id", id.toString()).close();
      default -> error(out, SendProblems.of(queue, outcome));
    }
  }

  private static void error(JsonWriter out, Problem problem) {
    out.open().name("error");
    problem.write(out);
    out.close();
  }
}
