package io.posthaste.rest;

import io.posthaste.delivery.Receive;
import io.posthaste.queue.QueueName;
import io.posthaste.queue.Recipient;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.Cancellable;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
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
    io.vertx.core.Context eventLoop = exchange.vertx().getOrCreateContext();
    return answered
        .emitOn(command -> eventLoop.runOnContext(_ -> command.run()))
        .flatMap(it -> answer(it, exchange));
  }

  private static Uni<RestResponse<byte[]>> answer(
      Receive.Handout handout, RoutingContext exchange) {
    byte[] body = MessageJson.deliveries(handout.deliveries());
    if (handout.deliveries().isEmpty()) {
      return Uni.createFrom().item(Answers.ok(body));
    }
    // Of a response that is written already the framework sees nothing left to do
    Client client = new Client(exchange, body);
    return handout
        .exit()
        .apply(client)
        .onFailure()
        .invoke(client::refuse)
        .flatMap(_ -> Uni.createFrom().nullItem());
  }

  /** Written to past the framework, whose way is too long: see docs/decisions/0004. */
  private static final class Client implements Recipient {
    private final HttpServerResponse response;
    private final byte[] body;
    private final FlushGate gate;
    private volatile boolean refused;

    Client(RoutingContext exchange, byte[] body) {
      this.response = exchange.response();
      this.body = body;
      this.gate = FlushGate.of(exchange.request().connection());
    }

    /** It is answered otherwise. */
    void refuse() {
      refused = true;
    }

    @Override
    public boolean gone() {
      return refused || response.closed();
    }

    @Override
    public void prepare() {
      gate.close();
      try {
        response
            .putHeader(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_JSON)
            .end(Buffer.buffer(body));
      } catch (RuntimeException e) {
        gate.open();
        throw e;
      }
    }

    @Override
    public void send() {
      gate.open();
    }
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
        case "max" -> max = in.wholeNumber(name, 1, 1000);
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
