package io.posthaste.queue.contract;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;

import io.posthaste.message.Delivery;
import io.posthaste.message.MessageId;
import io.posthaste.message.Payload;
import io.posthaste.queue.Capability;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import io.posthaste.queue.SendOutcome;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

public abstract class DeduplicationFacet extends Facet {
  protected DeduplicationFacet(ProviderUnderTest under) {
    super(under);
  }

  private static MessageBuilder once(String key) {
    return aMessage().withDeduplicationId(key);
  }

  private SendOutcome offerOne(Queue queue, MessageBuilder message) {
    return offer(queue, message.build()).getFirst();
  }

  @Test
  void same_request_again_is_the_same_message() {
    Queue queue = queue();
    MessageId id = send(queue, once("k"));

    assertThat(offerOne(queue, once("k"))).isEqualTo(new SendOutcome.Duplicate(id));
    assertThat(await(under.replica().send(queue, List.of(once("k").build()))))
        .containsExactly(new SendOutcome.Duplicate(id));

    assertThat(ids(receive(queue, 10))).containsExactly(id);
  }

  @Test
  void repeat_of_a_message_that_is_done_is_still_the_same_message() {
    Queue queue = queue();
    MessageId id = send(queue, once("k"));
    ack(queue, receiveOne(queue));

    assertThat(offerOne(queue, once("k"))).isEqualTo(new SendOutcome.Duplicate(id));

    assertNothingIn(queue);
  }

  @Test
  void request_that_differs_in_anything_is_a_conflict() {
    Queue queue = queue();
    MessageId id = send(queue, once("k"));
    Stream<UnaryOperator<MessageBuilder>> differences =
        Stream.of(
            it -> it.withPayload(json("{\"n\":1 }")),
            it -> it.withPayload(new Payload.Binary(utf8("{\"n\":1}"), "application/json")),
            it -> it.withType("t"),
            it -> it.withHeaders(Map.of("a", "b")),
            it -> it.withCorrelationId("c"),
            it -> it.withPriority(1),
            it -> it.withGroup("g"),
            it -> it.withDelay(Duration.ofSeconds(1)),
            it -> it.dueAt(under.now().plusSeconds(9)),
            it -> it.withTimeToLive(Duration.ofDays(1)));

    assertThat(differences.map(different -> offerOne(queue, different.apply(once("k")))))
        .containsOnly(new SendOutcome.Conflict(id));
    assertThat(ids(receive(queue, 10))).containsExactly(id);
  }

  @Test
  void order_of_headers_is_no_difference() {
    Queue queue = queue();
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("a", "1");
    headers.put("b", "2");
    Map<String, String> reversed = new LinkedHashMap<>();
    reversed.put("b", "2");
    reversed.put("a", "1");
    MessageId id = send(queue, once("k").withHeaders(headers));

    assertThat(offerOne(queue, once("k").withHeaders(reversed)))
        .isEqualTo(new SendOutcome.Duplicate(id));
    assertThat(offerOne(queue, once("k").withHeaders(Map.of("a", "2", "b", "1"))))
        .isEqualTo(new SendOutcome.Conflict(id));
  }

  @Test
  void trace_of_a_call_is_no_difference() {
    Queue queue = queue();
    MessageId id = send(queue, once("k").withHeaders(Map.of("traceparent", "00-1")));

    assertThat(offerOne(queue, once("k").withHeaders(Map.of("traceparent", "00-2"))))
        .isEqualTo(new SendOutcome.Duplicate(id));
  }

  @Test
  void window_passes() {
    Queue queue = queue(aPolicy().withDeduplicationWindow(units(60)));
    MessageId first = send(queue, once("k"));
    pass(58);
    assertThat(offerOne(queue, once("k"))).isEqualTo(new SendOutcome.Duplicate(first));

    pass(3);
    MessageId second = send(queue, once("k").withType("different"));

    assertThat(ids(receive(queue, 10))).containsExactlyInAnyOrder(first, second);
    assertThat(offerOne(queue, once("k").withType("different")))
        .isEqualTo(new SendOutcome.Duplicate(second));
  }

  @Test
  void each_queue_and_each_id_count_apart() {
    Queue queue = queue();
    Queue other = queue();

    send(queue, once("k"));
    send(other, once("k"));
    send(queue, once("K"));

    assertThat(receive(queue, 10)).hasSize(2);
    assertThat(receive(other, 10)).hasSize(1);
  }

  @Test
  void batch_that_repeats_itself_stores_once() {
    Queue queue = queue();
    NewMessage first = once("k").build();

    List<SendOutcome> outcomes =
        offer(
            queue,
            aMessage().build(),
            first,
            once("k").build(),
            once("k").withType("other").build(),
            once("l").build());

    assertThat(outcomes.get(2)).isEqualTo(new SendOutcome.Duplicate(first.id()));
    assertThat(outcomes.get(3)).isEqualTo(new SendOutcome.Conflict(first.id()));
    assertThat(List.of(outcomes.get(0), outcomes.get(1), outcomes.get(4)))
        .hasOnlyElementsOfType(SendOutcome.Stored.class);
    assertThat(receive(queue, 10)).hasSize(3);
  }

  @Test
  void concurrent_repeats_store_once() {
    Queue queue = queue();
    for (int round = 0; round < 10; round++) {
      String key = "k" + round;
      List<SendOutcome> outcomes =
          IntStream.range(0, 16)
              .mapToObj(i -> i % 2 == 0 ? provider : under.replica())
              .map(it -> it.send(queue, List.of(once(key).build())).subscribeAsCompletionStage())
              .toList()
              .stream()
              .map(answer -> answer.join().getFirst())
              .toList();

      List<MessageId> stored = new ArrayList<>();
      for (SendOutcome outcome : outcomes) {
        if (outcome instanceof SendOutcome.Stored(MessageId id)) {
          stored.add(id);
        }
      }
      assertThat(stored).hasSize(1);
      assertThat(outcomes)
          .containsOnly(
              new SendOutcome.Stored(stored.getFirst()),
              new SendOutcome.Duplicate(stored.getFirst()));
    }
    List<Delivery> deliveries = receive(queue, 100);
    assertThat(deliveries).hasSize(10);
  }

  @Test
  void deduplicated_messages_of_a_group_keep_their_order() {
    needs(Capability.GROUPS);
    Queue queue = queue(aPolicy().orderedByGroup());
    MessageId first = send(queue, once("1").withGroup("g"));
    MessageId second = send(queue, once("2").withGroup("g"));
    offerOne(queue, once("1").withGroup("g"));

    Delivery head = receiveOne(queue);
    assertThat(id(head)).isEqualTo(first);
    ack(queue, head);
    assertThat(id(receiveOne(queue))).isEqualTo(second);
  }

  private static Payload json(String text) {
    return new Payload.Json(utf8(text));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
