package io.posthaste.rest;

import io.posthaste.message.InvalidField;
import io.posthaste.schedule.Calendar;
import io.posthaste.schedule.CalendarStore;
import io.posthaste.schedule.Moment;
import io.posthaste.schedule.Occurrence;
import io.posthaste.schedule.Occurrences;
import io.posthaste.schedule.Timetable;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jboss.resteasy.reactive.RestResponse;
import org.jspecify.annotations.Nullable;

/** Shows when a schedule would fire, without storing it. */
@Path("/v1/schedules/preview")
@Consumes({MediaType.APPLICATION_JSON, MediaType.WILDCARD})
@Produces(MediaType.APPLICATION_JSON)
@NonBlocking
public class PreviewResource {
  static final int MOST = 1000;

  private final CalendarStore calendars;
  private final InstantSource clock = InstantSource.system();

  PreviewResource(CalendarStore calendars) {
    this.calendars = calendars;
  }

  @POST
  public Uni<RestResponse<byte[]>> preview(byte[] body) {
    // Reading a rule may take a search through centuries: not on the event loop
    return Uni.createFrom()
        .item(body)
        .emitOn(Infrastructure.getDefaultExecutor())
        .map(PreviewResource::read)
        .chain(
            wish -> {
              Timetable timetable = wish.timing.timetable();
              return calendars(timetable)
                  .emitOn(Infrastructure.getDefaultExecutor())
                  .map(found -> answer(occurrences(wish, timetable, found)));
            });
  }

  private static Wish read(byte[] body) {
    Wish wish = new Wish();
    StrictJson.readObject(body, wish);
    return wish;
  }

  private Uni<List<Calendar>> calendars(Timetable timetable) {
    return timetable.exclude().isEmpty()
        ? Uni.createFrom().item(List.of())
        : calendars.find(timetable.exclude()).invoke(found -> requireAll(timetable, found));
  }

  private static void requireAll(Timetable timetable, List<Calendar> found) {
    List<String> names = found.stream().map(Calendar::name).toList();
    for (int i = 0; i < timetable.exclude().size(); i++) {
      if (!names.contains(timetable.exclude().get(i))) {
        throw new InvalidField(
            "exclude[" + i + "]",
            "names the calendar '" + timetable.exclude().get(i) + "', which does not exist");
      }
    }
  }

  private List<Occurrence> occurrences(Wish wish, Timetable timetable, List<Calendar> found) {
    Instant from = wish.from == null ? clock.instant() : wish.from.in(timetable.zone());
    Occurrences occurrences = new Occurrences(timetable, from, found);
    occurrences.requireSome();
    List<Occurrence> all = new ArrayList<>();
    // What is planned for this very moment is shown as well
    Optional<Occurrence> next = occurrences.after(from.minusNanos(1000), 0);
    while (next.isPresent() && all.size() < wish.count) {
      all.add(next.get());
      next = occurrences.after(next.get().planned(), all.size());
    }
    return all;
  }

  private static RestResponse<byte[]> answer(List<Occurrence> occurrences) {
    return Answers.ok(
        out -> {
          out.open().name("occurrences").openList();
          for (Occurrence occurrence : occurrences) {
            out.open().field("due", occurrence.planned()).close();
          }
          out.closeList().close();
        });
  }

  private static final class Wish implements StrictJson.Field {
    private final ScheduleJson timing = new ScheduleJson();
    private @Nullable Moment from;
    private int count = 10;

    @Override
    public boolean read(String name, StrictJson in) throws IOException {
      switch (name) {
        case "from" -> from = Moment.parse(name, in.string(name));
        case "count" -> count = in.wholeNumber(name, 1, MOST);
        default -> {
          return timing.read(name, in);
        }
      }
      return true;
    }
  }
}
