package io.posthaste.rest;

import io.posthaste.broker.Broker;
import io.posthaste.broker.Broker.Binding;
import io.posthaste.broker.Broker.QueueState;
import io.posthaste.problem.ProblemType;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.resteasy.reactive.RestResponse;

/** Queues, exchanges and bindings of RabbitMQ itself, for operators. */
@Path("/v1/rabbitmq")
@Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class BrokerResource {
  private final Broker broker;
  private final boolean enabled;

  BrokerResource(
      Broker broker,
      @ConfigProperty(name = "posthaste.management-enabled", defaultValue = "false")
          boolean enabled) {
    this.broker = broker;
    this.enabled = enabled;
  }

  private Broker broker() {
    if (!enabled) {
      throw managementDisabled();
    }
    return broker;
  }

  static Problem managementDisabled() {
    return new Problem(
        ProblemType.PROVIDER_DISABLED,
        "Broker management is turned off; its operator turns it on by setting POSTHASTE_MANAGEMENT_ENABLED=true.");
  }

  @POST
  @Path("/queues")
  public Uni<RestResponse<byte[]>> declareQueue(byte[] body) {
    Broker on = broker();
    BrokerJson.QueueBody queue = new BrokerJson.QueueBody();
    StrictJson.readObject(body, queue);
    return on.declare(queue.definition()).map(state -> Answers.json(201, json(state)));
  }

  private static byte[] json(QueueState state) {
    return new JsonWriter(64)
        .open()
        .field("name", state.name())
        .field("messages", state.messages())
        .field("consumers", state.consumers())
        .close()
        .toBytes();
  }

  @GET
  @Path("/queues/{name}")
  public Uni<RestResponse<byte[]>> queue(@PathParam("name") String name) {
    return broker()
        .find(BrokerJson.existing("name", name))
        .map(
            found ->
                Answers.json(
                    200, json(found.orElseThrow(() -> BrokerJson.notFound("queue", name)))));
  }

  @POST
  @Path("/queues/{name}/purge")
  public Uni<RestResponse<byte[]>> purge(@PathParam("name") String name, byte[] body) {
    Broker on = broker();
    StrictJson.readObject(body, (_, _) -> false);
    return on.purge(BrokerJson.unreserved("name", name))
        .map(purged -> Answers.ok(out -> out.open().field("purged", purged).close()));
  }

  @POST
  @Path("/exchanges")
  public Uni<RestResponse<byte[]>> declareExchange(byte[] body) {
    Broker on = broker();
    BrokerJson.ExchangeBody exchange = new BrokerJson.ExchangeBody();
    StrictJson.readObject(body, exchange);
    Broker.ExchangeDefinition definition = exchange.definition();
    return on.declare(definition)
        .map(
            _ ->
                Answers.json(
                    201,
                    new JsonWriter(64)
                        .open()
                        .field("name", definition.name())
                        .field("type", definition.type())
                        .close()
                        .toBytes()));
  }

  @POST
  @Path("/bindings")
  public Uni<RestResponse<byte[]>> bind(byte[] body) {
    Broker on = broker();
    Binding binding = binding(body);
    return on.bind(binding).map(_ -> Answers.json(201, json(binding)));
  }

  @POST
  @Path("/bindings/remove")
  public Uni<RestResponse<byte[]>> unbind(byte[] body) {
    Broker on = broker();
    return on.unbind(binding(body)).map(_ -> Answers.noContent());
  }

  private static Binding binding(byte[] body) {
    BrokerJson.BindingBody binding = new BrokerJson.BindingBody();
    StrictJson.readObject(body, binding);
    return binding.binding();
  }

  private static byte[] json(Binding binding) {
    return new JsonWriter(96)
        .open()
        .field("exchange", binding.exchange())
        .field("queue", binding.queue())
        .field("routingKey", binding.routingKey())
        .close()
        .toBytes();
  }

  @POST
  @Path("/messages")
  public Uni<RestResponse<byte[]>> publish(byte[] body) {
    Broker on = broker();
    BrokerJson.MessageBody message = new BrokerJson.MessageBody();
    StrictJson.readObject(body, message);
    return on.publish(message.publication())
        .map(
            published ->
                Answers.ok(
                    out ->
                        out.open()
                            .field("routed", published.routed())
                            .field("confirmed", published.confirmed())
                            .close()));
  }
}
