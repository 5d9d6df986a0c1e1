package io.posthaste.rest;

import io.posthaste.problem.ProblemType;
import io.posthaste.schedule.Calendar;
import io.posthaste.scheduling.Calendars;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** Named lists of dates on which schedules that exclude them do not fire. */
@Path("/v1/calendars")
@Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class CalendarResource {
  private final Calendars calendars;

  CalendarResource(Calendars calendars) {
    this.calendars = calendars;
  }

  @PUT
  @Path("/{calendar}")
  public Uni<RestResponse<byte[]>> put(@PathParam("calendar") String name, byte[] body) {
    CalendarJson fields = new CalendarJson();
    StrictJson.readObject(body, fields);
    Calendar calendar = fields.calendar(name);
    return calendars
        .put(calendar)
        .map(created -> Answers.json(created ? 201 : 200, json(calendar)));
  }

  private static byte[] json(Calendar calendar) {
    JsonWriter out = new JsonWriter(64 + 13 * calendar.dates().size());
    out.open().field("name", calendar.name()).name("dates").openList();
    calendar.dates().stream().sorted().forEach(date -> out.value(date.toString()));
    return out.closeList().close().toBytes();
  }

  @GET
  @Path("/{calendar}")
  public Uni<RestResponse<byte[]>> get(@PathParam("calendar") String name) {
    return calendars
        .find(List.of(required(name)))
        .map(
            found ->
                Answers.ok(json(found.stream().findFirst().orElseThrow(() -> notFound(name)))));
  }

  // Validates the name as well
  static String required(String name) {
    return new Calendar(name, Set.of()).name();
  }

  private static Problem notFound(String name) {
    return new Problem(
        ProblemType.CALENDAR_NOT_FOUND,
        "There is no calendar '" + name + "'. Create it with PUT /v1/calendars/" + name + ".");
  }

  @GET
  public Uni<RestResponse<byte[]>> list(
      @QueryParam("limit") @Nullable String limit, @QueryParam("cursor") @Nullable String cursor) {
    int most = Parameters.limit(limit);
    Optional<String> after = Optional.ofNullable(cursor).map(CalendarResource::required);
    return calendars.names(after, most + 1).map(found -> page(found, most));
  }

  private static RestResponse<byte[]> page(List<String> names, int most) {
    return Answers.ok(
        out -> {
          out.open().name("items").openList();
          names.stream().limit(most).forEach(name -> out.open().field("name", name).close());
          out.closeList();
          if (names.size() > most) {
            out.field("next", names.get(most - 1));
          }
          out.close();
        });
  }

  @DELETE
  @Path("/{calendar}")
  public Uni<RestResponse<byte[]>> delete(@PathParam("calendar") String name) {
    return calendars
        .delete(required(name))
        .map(
            removed ->
                switch (removed) {
                  case GONE -> Answers.noContent();
                  case NOT_FOUND -> throw notFound(name);
                  case IN_USE ->
                      throw new Problem(
                          ProblemType.CALENDAR_IN_USE,
                          "A schedule excludes the calendar '"
                              + name
                              + "'. Change or delete that schedule first.");
                });
  }
}
