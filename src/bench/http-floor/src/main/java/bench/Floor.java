package bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.smallrye.common.annotation.NonBlocking;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.resteasy.reactive.RestResponse;

/**
 * Takes a JSON message, parses it and answers 201 with an id. Nothing is stored: this is the ceiling that the framework
 * sets on a send, on the event loop, which is its fastest way.
 */
@Path("/messages")
public class Floor {
  public record Accepted(long id) {}

  private static final AtomicLong IDS = new AtomicLong();

  @POST
  @NonBlocking
  public RestResponse<Accepted> send(JsonNode body) {
    if (!body.has("payload")) return RestResponse.status(400);
    return RestResponse.status(RestResponse.Status.CREATED, new Accepted(IDS.incrementAndGet()));
  }
}
