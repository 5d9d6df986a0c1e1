package io.posthaste.queue.contract;

import static io.posthaste.queue.contract.MessageBuilder.aMessage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.posthaste.message.Content;
import io.posthaste.message.Delivery;
import io.posthaste.message.Due;
import io.posthaste.message.MessageId;
import io.posthaste.message.Payload;
import io.posthaste.queue.NewMessage;
import io.posthaste.queue.Queue;
import io.posthaste.queue.Queues.Removal;
import io.posthaste.queue.SendOutcome;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

public abstract class SendingFacet extends Facet {
  protected SendingFacet(ProviderUnderTest under) {
    super(under);
  }

  @Test
  void message_arrives_as_it_was_sent() {
    Queue queue = queue();
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("z", "first");
    headers.put("a", "\"quoted\" \\ ünïcödé 🚀\n");
    headers.put("empty", "");
    NewMessage sent =
        aMessage()
            .withType("order.placed")
            .withHeaders(headers)
            .withCorrelationId("c-1")
            .withPriority(3)
            .withGroup("g")
            .withDeduplicationId("d-1")
            .build();

    assertThat(offer(queue, sent)).containsExactly(new SendOutcome.Stored(sent.id()));

    Delivery delivery = receiveOne(queue);
    Content content = delivery.message().content();
    assertThat(id(delivery)).isEqualTo(sent.id());
    assertThat(content)
        .usingRecursiveComparison()
        .withStrictTypeChecking()
        .isEqualTo(sent.content());
    assertThat(content.headers().keySet()).containsExactly("z", "a", "empty");
  }

  @Test
  void message_sent_again_under_its_id_is_there_still_and_no_other() {
    Queue queue = queue();
    NewMessage sent = aMessage().build();

    SendOutcome first = offer(queue, sent).getFirst();
    SendOutcome again = offer(queue, sent).getFirst();

    assertThat(first).isEqualTo(new SendOutcome.Stored(sent.id()));
    // Where the broker does not look at ids, it is there twice
    assertThat(again).isIn(new SendOutcome.Duplicate(sent.id()), new SendOutcome.Stored(sent.id()));
    assertThat(receive(queue, 10))
        .hasSize(again instanceof SendOutcome.Duplicate ? 1 : 2)
        .allSatisfy(delivery -> assertThat(id(delivery)).isEqualTo(sent.id()));
  }

  @Test
  void message_under_the_id_of_another_one_does_not_take_its_place_nor_its_neighbours() {
    Queue queue = queue();
    NewMessage first = aMessage().build();
    NewMessage other =
        new NewMessage(
            first.id(),
            Content.of(new Payload.Json("7".getBytes(StandardCharsets.UTF_8))),
            Due.NOW,
            null);
    NewMessage neighbour = aMessage().build();
    offer(queue, first);

    List<SendOutcome> outcomes = offer(queue, other, neighbour, first);

    assertThat(outcomes.get(0)).isIn(new SendOutcome.IdTaken(), new SendOutcome.Stored(first.id()));
    assertThat(outcomes.get(1)).isEqualTo(new SendOutcome.Stored(neighbour.id()));
    assertThat(receive(queue, 10))
        .extracting(delivery -> delivery.message().content().payload().bytes())
        .contains(first.content().payload().bytes(), neighbour.content().payload().bytes());
  }

  @Test
  void message_of_nothing_but_a_payload_has_nothing_else() {
    Queue queue = queue();
    NewMessage sent = aMessage().build();

    offer(queue, sent);

    assertThat(receiveOne(queue).message().content())
        .usingRecursiveComparison()
        .isEqualTo(Content.of(sent.content().payload()));
  }

  @Test
  void json_payload_keeps_every_byte() {
    Queue queue = queue();
    String json = "{ \"b\" : 1.10, \"a\":18446744073709551616,\"u\":\"\\u0000\\ud83d é\",\"b\":0 }";

    send(queue, aMessage().withPayload(new Payload.Json(json.getBytes(StandardCharsets.UTF_8))));

    assertThat(text(receiveOne(queue))).isEqualTo(json);
  }

  @Test
  void binary_payload_keeps_every_byte_and_its_content_type() {
    Queue queue = queue();
    byte[] bytes = new byte[256];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }

    send(queue, aMessage().withPayload(new Payload.Binary(bytes, "image/png")));
    send(queue, aMessage().withPayload(new Payload.Binary(new byte[0], "text/plain")));

    assertThat(receive(queue, 2).stream().map(d -> d.message().content().payload()))
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactlyInAnyOrder(
            new Payload.Binary(bytes, "image/png"), new Payload.Binary(new byte[0], "text/plain"));
  }

  @Test
  void large_payload_passes() {
    Queue queue = queue();
    byte[] bytes = new byte[1024 * 1024];
    Arrays.fill(bytes, (byte) 7);

    send(queue, aMessage().withPayload(new Payload.Binary(bytes, "a/b")));

    assertThat(receiveOne(queue).message().content().payload().bytes()).isEqualTo(bytes);
  }

  @Test
  void message_knows_when_it_was_stored() {
    Queue queue = queue();
    Instant before = under.now();

    send(queue, aMessage());

    assertThat(receiveOne(queue).message().enqueuedAt())
        .isBetween(before.minus(1, ChronoUnit.MILLIS), under.now())
        .isCloseTo(before, within(units(30)));
  }

  @Test
  void batch_stores_every_message_once() {
    Queue queue = queue();
    List<NewMessage> batch = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      batch.add(aMessage("m" + i).build());
    }

    List<SendOutcome> outcomes = await(provider.send(queue, batch));

    List<MessageId> ids = batch.stream().map(NewMessage::id).toList();
    assertThat(outcomes).isEqualTo(ids.stream().map(SendOutcome.Stored::new).toList());
    assertThat(ids(receive(queue, 1000))).containsExactlyInAnyOrderElementsOf(ids);
    assertNothingIn(queue);
  }

  @Test
  void empty_batch_stores_nothing() {
    Queue queue = queue();

    assertThat(offer(queue)).isEmpty();

    assertNothingIn(queue);
  }

  @Test
  void message_with_an_id_that_exists_fails_none_of_its_neighbours() {
    Queue queue = queue();
    NewMessage known = aMessage("known").build();
    NewMessage before = aMessage("before").build();
    NewMessage after = aMessage("after").build();
    offer(queue, known);

    List<SendOutcome> outcomes = offer(queue, before, known, after);

    assertThat(outcomes.get(0)).isEqualTo(new SendOutcome.Stored(before.id()));
    // Whether it is found out is the broker's affair
    assertThat(outcomes.get(1))
        .isIn(new SendOutcome.Duplicate(known.id()), new SendOutcome.Stored(known.id()));
    assertThat(outcomes.get(2)).isEqualTo(new SendOutcome.Stored(after.id()));
    assertThat(ids(receive(queue, 10))).contains(known.id(), before.id(), after.id());
  }

  @Test
  void queue_that_is_gone_takes_nothing() {
    Queue queue = queue();
    Queue neighbour = queue();
    await(under.queues().remove(queue.name(), Removal.ONLY_EMPTY));

    List<SendOutcome> outcomes =
        offer(queue, aMessage().build(), aMessage().withDeduplicationId("d").build());

    assertThat(outcomes)
        .containsExactly(new SendOutcome.QueueChanged(), new SendOutcome.QueueChanged());
    send(neighbour, aMessage());
    Queue again = queue();
    assertNothingIn(again);
  }
}
