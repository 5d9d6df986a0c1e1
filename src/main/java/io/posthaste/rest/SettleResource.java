package io.posthaste.rest;

import io.posthaste.delivery.Settle;
import io.posthaste.message.Due;
import io.posthaste.message.InvalidField;
import io.posthaste.message.Receipt;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.QueuePolicy;
import io.posthaste.queue.Settlement;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** Settles deliveries in batches, with an outcome for each receipt. */
@Path("/v1/queues/{queue}")
@Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class SettleResource {
  private static final int MOST = 1000;
  private static final int LONGEST_REASON = 4096;

  private final Settle settle;

  SettleResource(Settle settle) {
    this.settle = settle;
  }

  @POST
  @Path("/ack")
  public Uni<RestResponse<byte[]>> ack(@PathParam("queue") String queue, byte[] body) {
    Receipts receipts = new Receipts((_, _) -> false);
    return settle(queue, body, receipts, Settlement.Ack::new);
  }

  @POST
  @Path("/extend")
  public Uni<RestResponse<byte[]>> extend(@PathParam("queue") String queue, byte[] body) {
    Longer longer = new Longer();
    return settle(
        queue,
        body,
        new Receipts(longer),
        receipt -> new Settlement.Extend(receipt, longer.lease()));
  }

  private static final class Longer implements StrictJson.Field {
    private @Nullable Duration lease;

    @Override
    public boolean read(String name, StrictJson in) throws IOException {
      if (!name.equals("lease")) {
        return false;
      }
      lease = in.duration(name);
      QueuePolicy.requireLease(lease);
      return true;
    }

    Duration lease() {
      if (lease == null) {
        throw new InvalidField("lease", "is missing; say how long the lease is to last from now");
      }
      return lease;
    }
  }

  @POST
  @Path("/release")
  public Uni<RestResponse<byte[]>> release(@PathParam("queue") String queue, byte[] body) {
    Later later = new Later();
    return settle(
        queue,
        body,
        new Receipts(later),
        receipt -> new Settlement.Release(receipt, new Due.After(later.delay)));
  }

  private static final class Later implements StrictJson.Field {
    private Duration delay = Duration.ZERO;

    @Override
    public boolean read(String name, StrictJson in) throws IOException {
      if (!name.equals("delay")) {
        return false;
      }
      delay = in.duration(name);
      return true;
    }
  }

  @POST
  @Path("/reject")
  public Uni<RestResponse<byte[]>> reject(@PathParam("queue") String queue, byte[] body) {
    Failure failure = new Failure();
    return settle(
        queue,
        body,
        new Receipts(failure),
        receipt -> new Settlement.Reject(receipt, failure.reason, failure.permanent));
  }

  private static final class Failure implements StrictJson.Field {
    private @Nullable String reason;
    private boolean permanent;

    @Override
    public boolean read(String name, StrictJson in) throws IOException {
      switch (name) {
        case "reason" -> reason = reason(in.string(name));
        case "permanent" -> permanent = in.bool(name);
        default -> {
          return false;
        }
      }
      return true;
    }

    private static String reason(String text) {
      if (text.length() > LONGEST_REASON) {
        throw new InvalidField("reason", "must have at most 4096 characters");
      }
      return text;
    }
  }

  private Uni<RestResponse<byte[]>> settle(
      String queue, byte[] body, Receipts receipts, Function<Receipt, Settlement> how) {
    QueueName name = new QueueName(queue);
    StrictJson.readObject(body, receipts);
    if (receipts.tokens.isEmpty()) {
      throw new InvalidField("receipts", "must be a list of 1 to " + MOST + " receipts");
    }
    List<Settlement> settlements =
        receipts.tokens.stream().map(token -> how.apply(new Receipt(token))).toList();
    return settle.settle(name, settlements).map(outcomes -> answer(receipts.tokens, outcomes));
  }

  private static RestResponse<byte[]> answer(
      List<String> tokens, List<Settlement.Outcome> outcomes) {
    JsonWriter out = new JsonWriter(96 * tokens.size());
    out.open().name("results").openList();
    for (int i = 0; i < tokens.size(); i++) {
      out.open()
          .field("receipt", tokens.get(i))
          .field("outcome", outcomes.get(i).name().toLowerCase(Locale.ROOT).replace('_', '-'))
          .close();
    }
    return Answers.ok(out.closeList().close().toBytes());
  }

  /** The receipts, and whatever else the operation takes. */
  private static final class Receipts implements StrictJson.Field {
    private final StrictJson.Field others;
    private List<String> tokens = List.of();

    Receipts(StrictJson.Field others) {
      this.others = others;
    }

    @Override
    public boolean read(String name, StrictJson in) throws IOException {
      if (!name.equals("receipts")) {
        return others.read(name, in);
      }
      tokens = in.tokens(name, MOST);
      return true;
    }
  }
}
