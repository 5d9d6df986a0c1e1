package io.posthaste.rest;

import io.posthaste.queue.Durability;
import io.posthaste.queue.ProviderSetup;
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
import java.util.Optional;
import org.jboss.resteasy.reactive.RestResponse;

/** Which brokers there are, whether they are turned on and answer, and what they can do. */
@Path("/v1/providers")
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class ProviderResource {
  private final Providers providers;

  ProviderResource(Providers providers) {
    this.providers = providers;
  }

  private record Seen(ProviderSetup setup, boolean reachable, Optional<Durability> durability) {}

  @GET
  public Uni<RestResponse<byte[]>> list() {
    return Uni.join()
        .all(providers.known().stream().map(ProviderResource::look).toList())
        .andFailFast()
        .map(all -> Answers.ok(out -> write(out, all)));
  }

  private static Uni<Seen> look(ProviderSetup setup) {
    return setup
        .provider()
        .map(provider -> look(setup, provider))
        .orElseGet(() -> Uni.createFrom().item(new Seen(setup, false, Optional.empty())));
  }

  private static Uni<Seen> look(ProviderSetup setup, QueueProvider provider) {
    return provider
        .reachable()
        .flatMap(
            reachable ->
                provider.durability().map(durability -> new Seen(setup, reachable, durability)));
  }

  private static void write(JsonWriter out, List<Seen> all) {
    out.open().name("items").openList();
    all.forEach(seen -> write(out, seen));
    out.closeList().close();
  }

  private static void write(JsonWriter out, Seen seen) {
    out.open()
        .field("name", seen.setup().name())
        .field("enabled", seen.setup().provider().isPresent())
        .field("reachable", seen.reachable());
    if (seen.setup() instanceof ProviderSetup.Disabled disabled) {
      out.field("setting", disabled.setting());
    }
    seen.durability().ifPresent(durability -> out.field("durability", word(durability)));
    out.name("capabilities").openList();
    seen.setup().capabilities().stream().map(ProviderResource::word).sorted().forEach(out::value);
    out.closeList().close();
  }

  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
