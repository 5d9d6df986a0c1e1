package io.posthaste.rest;

import io.posthaste.message.InvalidField;
import io.posthaste.problem.ProblemType;
import io.posthaste.queue.QueueName;
import io.posthaste.schedule.ScheduleName;
import io.posthaste.scheduling.Schedule;
import io.posthaste.scheduling.ScheduleFilter;
import io.posthaste.scheduling.Scheduler;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
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
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** Defines schedules, reads, lists and deletes them. */
@Path("/v1/schedules")
@Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class ScheduleResource {
  private final Scheduler scheduler;

  ScheduleResource(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  @PUT
  @Path("/{schedule}")
  public Uni<RestResponse<byte[]>> put(@PathParam("schedule") String schedule, byte[] body) {
    ScheduleName name = new ScheduleName(schedule);
    // Reading a rule may take a search through centuries: not on the event loop
    return Uni.createFrom()
        .item(body)
        .emitOn(Infrastructure.getDefaultExecutor())
        .map(ScheduleResource::read)
        .flatMap(fields -> scheduler.put(name, fields.definition()))
        .map(put -> answer(name, put));
  }

  private static ScheduleBody read(byte[] body) {
    ScheduleBody fields = new ScheduleBody();
    StrictJson.readObject(body, fields);
    return fields;
  }

  private static RestResponse<byte[]> answer(ScheduleName name, Scheduler.Put put) {
    return switch (put) {
      case Scheduler.Put.Stored(var schedule, var created) ->
          Answers.json(created ? 201 : 200, json(schedule));
      case Scheduler.Put.Refusal why -> throw ScheduleProblems.of(name, why);
    };
  }

  @GET
  @Path("/{schedule}")
  public Uni<RestResponse<byte[]>> get(@PathParam("schedule") String schedule) {
    return found(scheduler, schedule).map(found -> Answers.ok(json(found)));
  }

  static Uni<Schedule> found(Scheduler scheduler, String text) {
    ScheduleName name = new ScheduleName(text);
    return scheduler.find(name).map(found -> found.orElseThrow(() -> notFound(name)));
  }

  static Problem notFound(ScheduleName name) {
    return new Problem(
            ProblemType.SCHEDULE_NOT_FOUND,
            "There is no schedule '" + name + "'. Create it with PUT /v1/schedules/" + name + ".")
        .schedule(name);
  }

  static byte[] json(Schedule schedule) {
    JsonWriter out = new JsonWriter(512);
    ScheduleBody.write(out, schedule);
    return out.toBytes();
  }

  @GET
  public Uni<RestResponse<byte[]>> list(
      @QueryParam("queue") @Nullable String queue,
      @QueryParam("state") @Nullable String state,
      @QueryParam("prefix") @Nullable String prefix,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("cursor") @Nullable String cursor) {
    int most = Parameters.limit(limit);
    ScheduleFilter filter =
        new ScheduleFilter(
            Optional.ofNullable(queue).map(text -> new QueueName(text).value()),
            Optional.ofNullable(state).map(ScheduleResource::state),
            Optional.ofNullable(prefix).map(text -> Parameters.text("prefix", text)));
    return scheduler
        .list(filter, Optional.ofNullable(cursor).map(ScheduleResource::cursor), most + 1)
        .map(found -> page(found, most));
  }

  private static Schedule.State state(String text) {
    return Schedule.State.ofCode(text)
        .orElseThrow(() -> new InvalidField("state", "must be active, paused or finished"));
  }

  private static ScheduleName cursor(String text) {
    try {
      return new ScheduleName(text);
    } catch (InvalidField e) {
      throw new InvalidField("cursor", "must be what a list gave as 'next'");
    }
  }

  private static RestResponse<byte[]> page(List<Schedule> found, int most) {
    return Answers.ok(
        out -> {
          out.open().name("items").openList();
          found.stream().limit(most).forEach(schedule -> ScheduleBody.write(out, schedule));
          out.closeList();
          if (found.size() > most) {
            out.field("next", found.get(most - 1).name().value());
          }
          out.close();
        });
  }

  @DELETE
  @Path("/{schedule}")
  public Uni<RestResponse<byte[]>> delete(@PathParam("schedule") String schedule) {
    ScheduleName name = new ScheduleName(schedule);
    return scheduler
        .delete(name)
        .map(
            gone -> {
              if (!gone) {
                throw notFound(name);
              }
              return Answers.noContent();
            });
  }
}
