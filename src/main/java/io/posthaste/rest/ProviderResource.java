package io.posthaste.rest;

import io.posthaste.queue.Capability;
import io.posthaste.queue.Providers;
import io.posthaste.queue.QueueProvider;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Locale;
import org.jboss.resteasy.reactive.RestResponse;

/** Which brokers there are, whether they answer, and what they can do. */
@Path("/v1/providers")
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class ProviderResource {
  private final Providers providers;

  ProviderResource(Providers providers) {
    this.providers = providers;
  }

  @GET
  public Uni<RestResponse<byte[]>> list() {
    List<QueueProvider> all = providers.all();
    return Uni.join()
        .all(all.stream().map(QueueProvider::reachable).toList())
        .andFailFast()
        .map(
            reachable ->
                Answers.ok(
                    out -> {
                      out.open().name("items").openList();
                      for (int i = 0; i < all.size(); i++) {
                        write(out, all.get(i), reachable.get(i));
                      }
                      out.closeList().close();
                    }));
  }

  private static void write(JsonWriter out, QueueProvider provider, boolean reachable) {
    out.open()
        .field("name", provider.name())
        .field("enabled", true)
        .field("reachable", reachable)
        .name("capabilities")
        .openList();
    provider.capabilities().stream()
        .map(Capability::name)
        .sorted()
        .forEach(name -> out.value(name.toLowerCase(Locale.ROOT).replace('_', '-')));
    out.closeList().close();
  }
}
