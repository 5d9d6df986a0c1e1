package io.posthaste.rest;

import io.posthaste.rest.TopologyReader.Format;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** Applies a topology document, or shows what applying it would change. */
@Path("/v1/topology")
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class TopologyResource {
  static final String YAML = "application/yaml";

  private final TopologyReader reader;

  TopologyResource(TopologyReader reader) {
    this.reader = reader;
  }

  @PUT
  @Consumes({MediaType.APPLICATION_JSON, YAML, "application/x-yaml", "text/yaml"})
  public Uni<RestResponse<byte[]>> put(
      @QueryParam("dryRun") @Nullable String dryRun, @Context HttpHeaders headers, byte[] body) {
    boolean onlyCompare = Parameters.flag("dryRun", dryRun);
    Format format =
        MediaType.APPLICATION_JSON_TYPE.isCompatible(headers.getMediaType())
            ? Format.JSON
            : Format.YAML;
    return Uni.createFrom()
        .item(body)
        .emitOn(Infrastructure.getDefaultExecutor())
        .map(text -> reader.readForeign(text, format))
        .flatMap(topology -> onlyCompare ? topology.compare() : topology.apply())
        .map(all -> Answers.ok(out -> TopologyJson.write(out, all, onlyCompare)));
  }
}
