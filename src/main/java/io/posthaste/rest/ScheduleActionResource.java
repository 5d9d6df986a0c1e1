package io.posthaste.rest;

import io.posthaste.message.InvalidField;
import io.posthaste.message.MessageId;
import io.posthaste.schedule.Occurrence;
import io.posthaste.schedule.ScheduleName;
import io.posthaste.scheduling.HistoryEntry;
import io.posthaste.scheduling.Schedule;
import io.posthaste.scheduling.Scheduler;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Optional;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** Pauses schedules, resumes and triggers them; shows what comes next and what has been. */
@Path("/v1/schedules/{schedule}")
@Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class ScheduleActionResource {
  private static final int DEFAULT_COUNT = 10;

  private final Scheduler scheduler;

  ScheduleActionResource(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  @POST
  @Path("/pause")
  public Uni<RestResponse<byte[]>> pause(@PathParam("schedule") String schedule, byte[] body) {
    ScheduleName name = named(schedule, body);
    return scheduler.pause(name).map(found -> answer(name, found));
  }

  @POST
  @Path("/resume")
  public Uni<RestResponse<byte[]>> resume(@PathParam("schedule") String schedule, byte[] body) {
    ScheduleName name = named(schedule, body);
    return scheduler.resume(name).map(found -> answer(name, found));
  }

  private static ScheduleName named(String schedule, byte[] body) {
    StrictJson.readObject(body, (_, _) -> false);
    return new ScheduleName(schedule);
  }

  private static RestResponse<byte[]> answer(ScheduleName name, Optional<Schedule> found) {
    return Answers.ok(
        ScheduleResource.json(found.orElseThrow(() -> ScheduleResource.notFound(name))));
  }

  @POST
  @Path("/trigger")
  public Uni<RestResponse<byte[]>> trigger(@PathParam("schedule") String schedule, byte[] body) {
    ScheduleName name = named(schedule, body);
    return scheduler
        .trigger(name)
        .map(
            sent -> {
              MessageId id = sent.orElseThrow(() -> ScheduleResource.notFound(name));
              return Answers.json(
                  201, new JsonWriter(64).open().field("id", id.toString()).close().toBytes());
            });
  }

  @GET
  @Path("/next")
  public Uni<RestResponse<byte[]>> next(
      @PathParam("schedule") String schedule, @QueryParam("count") @Nullable String count) {
    int most =
        count == null
            ? DEFAULT_COUNT
            : Parameters.wholeNumber("count", count, 1, PreviewResource.MOST);
    return ScheduleResource.found(scheduler, schedule)
        .flatMap(found -> scheduler.next(found, most))
        .map(ScheduleActionResource::occurrences);
  }

  private static RestResponse<byte[]> occurrences(List<Occurrence> occurrences) {
    return Answers.ok(
        out -> {
          out.open().name("occurrences").openList();
          for (Occurrence it : occurrences) {
            out.open().field("due", it.due());
            if (!it.due().equals(it.planned())) {
              out.field("planned", it.planned());
            }
            out.close();
          }
          out.closeList().close();
        });
  }

  @GET
  @Path("/history")
  public Uni<RestResponse<byte[]>> history(
      @PathParam("schedule") String schedule,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("cursor") @Nullable String cursor) {
    int most = Parameters.limit(limit);
    Optional<Long> before = Optional.ofNullable(cursor).map(ScheduleActionResource::cursor);
    return ScheduleResource.found(scheduler, schedule)
        .flatMap(found -> scheduler.history(found, before, most + 1))
        .map(found -> page(found, most));
  }

  private static long cursor(String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new InvalidField("cursor", "must be what a list gave as 'next'");
    }
  }

  private static RestResponse<byte[]> page(List<HistoryEntry> found, int most) {
    return Answers.ok(
        out -> {
          out.open().name("items").openList();
          found.stream().limit(most).forEach(entry -> write(out, entry));
          out.closeList();
          if (found.size() > most) {
            out.field("next", Long.toString(found.get(most - 1).number()));
          }
          out.close();
        });
  }

  private static void write(JsonWriter out, HistoryEntry entry) {
    MessageId message = entry.message();
    out.open()
        .field("planned", entry.planned())
        .field("at", entry.at())
        .field("outcome", entry.outcome().code())
        .field("message", message == null ? null : message.toString())
        .field("detail", entry.detail())
        .close();
  }
}
