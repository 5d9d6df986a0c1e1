package io.posthaste.rest;

import io.posthaste.delivery.Receive;
import io.posthaste.queue.QueueName;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** Takes messages under a lease. */
@Path("/v1/queues/{queue}/receive")
@Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class ReceiveResource {
  private final Receive receive;

  ReceiveResource(Receive receive) {
    this.receive = receive;
  }

  @POST
  public Uni<RestResponse<byte[]>> receive(
      @PathParam("queue") String queue, @Context RoutingContext exchange, byte[] body) {
    QueueName name = new QueueName(queue);
    Wish wish = new Wish();
    StrictJson.readObject(body, wish);
    Uni<Receive.Handout> handout =
        receive.receive(name, wish.max, Optional.ofNullable(wish.lease), wish.wait);
    Uni<Receive.Handout> answered =
        wish.wait.isZero() ? handout : whileConnected(handout, exchange);
    return answered.map(it -> answer(it, exchange));
  }

  private static RestResponse<byte[]> answer(Receive.Handout handout, RoutingContext exchange) {
    if (!handout.deliveries().isEmpty()) {
      // Nothing else comes between this handler and the write
      exchange.addHeadersEndHandler(_ -> handout.leaving().run());
    }
    return Answers.ok(MessageJson.deliveries(handout.deliveries()));
  }

  // A client that hangs up stops waiting: what would have been its messages stay in the queue
  private static <T> Uni<T> whileConnected(Uni<T> work, RoutingContext exchange) {
    return Uni.createFrom()
        .emitter(
            emitter -> {
              Cancellable waiting = work.subscribe().with(emitter::complete, emitter::fail);
              // A close handler of the response would be overwritten by those of Quarkus
              exchange.addEndHandler(_ -> waiting.cancel());
            });
  }

  private static final class Wish implements StrictJson.Field {
    int max = 1;
    @Nullable Duration lease;
    Duration wait = Duration.ZERO;

    @Override
    public boolean read(String name, StrictJson in) throws IOException {
      switch (name) {
        case "max" -> max = in.wholeNumber(name);
        case "lease" -> lease = in.duration(name);
        case "wait" -> wait = in.duration(name);
        default -> {
          return false;
        }
      }
      return true;
    }
  }
}
