package io.posthaste.rest;

import io.posthaste.queue.Queues;
import io.posthaste.topology.Difference;
import io.posthaste.topology.Topology;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** Applies a topology document, or shows what applying it would change. */
@Path("/v1/topology")
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class TopologyResource {
  static final String YAML = "application/yaml";

  private final Queues queues;

  TopologyResource(Queues queues) {
    this.queues = queues;
  }

  @PUT
  @Consumes({MediaType.APPLICATION_JSON, YAML, "application/x-yaml", "text/yaml"})
  public Uni<RestResponse<byte[]>> put(
      @QueryParam("dryRun") @Nullable String dryRun, @Context HttpHeaders headers, byte[] body) {
    boolean onlyCompare = Parameters.flag("dryRun", dryRun);
    Topology topology = read(queues, isJson(headers) ? body : YamlText.toJson(body));
    Uni<List<Difference>> differences = onlyCompare ? topology.compare() : topology.apply();
    return differences.map(all -> Answers.ok(out -> TopologyJson.write(out, all, onlyCompare)));
  }

  private static boolean isJson(HttpHeaders headers) {
    return MediaType.APPLICATION_JSON_TYPE.isCompatible(headers.getMediaType());
  }

  static Topology read(Queues queues, byte[] json) {
    TopologyJson document = new TopologyJson(queues);
    StrictJson.readObject(json, document);
    return document.topology();
  }
}
