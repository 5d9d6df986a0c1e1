package io.posthaste.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.posthaste.message.InvalidField;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.topology.Difference.Action;
import io.posthaste.topology.Topology.Progress;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is applied, in which order, and what waits. */
final class TopologyTest {
  private final List<String> log = new ArrayList<>();

  /** A thing that notes what is asked of it. */
  private record Thing(
      List<String> log,
      Reference reference,
      Set<Reference> needs,
      Uni<Action> looks,
      Uni<Void> apply)
      implements Definition {
    @Override
    public Uni<Difference> compare(Topology document) {
      log.add("look " + reference.name());
      return looks.map(action -> Difference.of(this, action));
    }
  }

  private Thing thing(Kind kind, String name, Uni<Action> looks, Thing... needed) {
    Set<Reference> needs = Set.copyOf(List.of(needed).stream().map(Definition::reference).toList());
    return new Thing(
        log,
        new Reference(kind, name),
        needs,
        looks,
        Uni.createFrom().voidItem().invoke(() -> log.add("make " + name)));
  }

  private Thing missing(Kind kind, String name, Thing... needed) {
    return thing(kind, name, Uni.createFrom().item(Action.CREATE), needed);
  }

  private static <T> Uni<T> away() {
    return Uni.createFrom().failure(new ProviderUnavailable("rabbitmq", null));
  }

  private static Progress reach(Thing... things) {
    return new Topology(List.of(things))
        .applyReachable(ProviderUnavailable.class::isInstance)
        .await()
        .indefinitely();
  }

  @Test
  void things_are_applied_behind_those_that_they_may_need() {
    Thing schedule = missing(Kind.SCHEDULE, "schedule");
    Thing binding = missing(Kind.BINDING, "binding");
    Thing exchange = missing(Kind.EXCHANGE, "exchange");
    Thing queue = missing(Kind.QUEUE, "queue");
    Thing calendar = missing(Kind.CALENDAR, "calendar");

    new Topology(List.of(schedule, binding, exchange, queue, calendar))
        .apply()
        .await()
        .indefinitely();

    assertThat(log)
        .containsExactly(
            "look calendar",
            "look queue",
            "look exchange",
            "look binding",
            "look schedule",
            "make calendar",
            "make queue",
            "make exchange",
            "make binding",
            "make schedule");
  }

  @Test
  void what_is_as_it_should_be_is_not_touched() {
    Progress progress = reach(thing(Kind.QUEUE, "queue", Uni.createFrom().item(Action.NONE)));

    assertThat(log).containsExactly("look queue");
    assertThat(progress.differences()).extracting(Difference::action).containsExactly(Action.NONE);
  }

  @Test
  void broker_that_is_away_is_looked_at_once_and_holds_up_only_what_lies_there_or_needs_it() {
    Thing here = missing(Kind.QUEUE, "here");
    Thing there = thing(Kind.QUEUE, "there", away());
    Thing exchange = thing(Kind.EXCHANGE, "exchange", away());
    Thing other = missing(Kind.EXCHANGE, "other");
    Thing binding = missing(Kind.BINDING, "binding");
    Thing late = missing(Kind.SCHEDULE, "late", there);
    Thing soon = missing(Kind.SCHEDULE, "soon", here);

    Progress progress = reach(here, there, exchange, other, binding, late, soon);

    assertThat(log)
        .containsExactly(
            "look here", "look there", "look exchange", "look soon", "make here", "make soon");
    assertThat(progress.waiting().paths())
        .containsExactly(
            "queues.there",
            "exchanges.exchange",
            "exchanges.other",
            "bindings.binding",
            "schedules.late");
    assertThat(progress.why().orElseThrow().path()).isEqualTo("queues.there");
    assertThat(progress.differences())
        .extracting(it -> it.thing().name())
        .containsExactly("here", "soon");
  }

  @Test
  void broker_that_goes_away_in_between_holds_up_what_needs_it() {
    Thing queue =
        new Thing(
            log,
            new Reference(Kind.QUEUE, "queue"),
            Set.of(),
            Uni.createFrom().item(Action.CREATE),
            away());
    Thing schedule = missing(Kind.SCHEDULE, "schedule", queue);
    Thing other = missing(Kind.SCHEDULE, "zother");

    Progress progress = reach(queue, schedule, other);

    assertThat(log).containsExactly("look queue", "look schedule", "look zother", "make zother");
    assertThat(progress.waiting().paths()).containsExactly("queues.queue", "schedules.schedule");
  }

  @Test
  void any_other_failure_is_one_and_nothing_is_made() {
    Thing fine = missing(Kind.CALENDAR, "fine");
    Thing wrong =
        thing(Kind.QUEUE, "wrong", Uni.createFrom().failure(new InvalidField("lease", "is odd")));

    assertThatThrownBy(() -> reach(fine, wrong))
        .isInstanceOfSatisfying(
            DefinitionRefused.class,
            refused -> {
              assertThat(refused.path()).isEqualTo("queues.wrong");
              assertThat(refused.why()).isInstanceOf(InvalidField.class);
            });
    assertThat(log).doesNotContain("make fine");
  }

  @Test
  void same_thing_twice_is_a_mistake() {
    Thing one = missing(Kind.BINDING, "one");

    assertThatThrownBy(() -> new Topology(List.of(one, missing(Kind.BINDING, "one"))))
        .isInstanceOf(InvalidField.class);
  }
}
