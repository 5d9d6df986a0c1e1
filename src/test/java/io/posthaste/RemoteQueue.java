package io.posthaste;

import com.fasterxml.jackson.databind.JsonNode;
import io.posthaste.rest.Client;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** One queue as its users see it, through one service process. */
final class RemoteQueue {
  private final Client client;
  private final String name;

  RemoteQueue(ServiceProcess service, String name) {
    this.client = new Client(service.uri("/"));
    this.name = name;
  }

  /** What a receiver was handed. */
  record Delivered(String receipt, String id, int attempt, String payload) {}

  Client client() {
    return client;
  }

  String path() {
    return "/v1/queues/" + name;
  }

  RemoteQueue define(String policy) {
    Client.Answer answer = client.put(path(), policy);
    if (answer.status() != 200 && answer.status() != 201) {
      throw new AssertionError(answer.text());
    }
    return this;
  }

  /** The id of the message, which was answered with 201. */
  String send(String message) {
    Client.Answer answer = client.post(path() + "/messages", message);
    if (answer.status() != 201) {
      throw new AssertionError(answer.status() + " " + answer.text());
    }
    return answer.at("id");
  }

  String send() {
    return send("{\"payload\":1}");
  }

  /** The same while the service may end at any moment: the id, if there was a 201. */
  Optional<String> trySend(String message) {
    try {
      Client.Answer answer = client.post(path() + "/messages", message);
      return answer.status() == 201 ? Optional.of(answer.at("id")) : Optional.empty();
    } catch (UncheckedIOException _) {
      return Optional.empty();
    }
  }

  List<Delivered> receive(int max, String wait) {
    return deliveries(client.post(path() + "/receive", wish(max, wait)));
  }

  /** The same while the service may end at any moment: fails when its connection is lost. */
  CompletableFuture<List<Delivered>> receiveLater(int max, String wait) {
    return client
        .postLater(path() + "/receive", wish(max, wait))
        .thenApply(RemoteQueue::deliveries);
  }

  private static String wish(int max, String wait) {
    return "{\"max\":%d,\"wait\":\"%s\"}".formatted(max, wait);
  }

  static List<Delivered> deliveries(Client.Answer answer) {
    if (answer.status() != 200) {
      throw new AssertionError(answer.status() + " " + answer.text());
    }
    List<Delivered> all = new ArrayList<>();
    for (JsonNode delivery : answer.json().get("deliveries")) {
      all.add(
          new Delivered(
              delivery.get("receipt").asText(),
              delivery.at("/message/id").asText(),
              delivery.get("attempt").asInt(),
              delivery.at("/message/payload").toString()));
    }
    return all;
  }

  /** The outcome of each receipt. */
  List<String> settle(String how, Collection<Delivered> deliveries, String further) {
    Client.Answer answer = client.post(path() + "/" + how, receipts(deliveries, further));
    if (answer.status() != 200) {
      throw new AssertionError(answer.status() + " " + answer.text());
    }
    return answer.each("results", "outcome");
  }

  List<String> ack(Collection<Delivered> deliveries) {
    return settle("ack", deliveries, "");
  }

  /** The same while the service may end at any moment: those whose ack was answered. */
  List<Delivered> tryAck(List<Delivered> deliveries) {
    try {
      List<String> outcomes = ack(deliveries);
      return java.util.stream.IntStream.range(0, deliveries.size())
          .filter(i -> outcomes.get(i).equals("acked"))
          .mapToObj(deliveries::get)
          .toList();
    } catch (UncheckedIOException _) {
      return List.of();
    }
  }

  static String receipts(Collection<Delivered> deliveries, String further) {
    return deliveries.stream()
        .map(delivered -> "\"" + delivered.receipt() + "\"")
        .collect(Collectors.joining(",", "{\"receipts\":[", "]" + further + "}"));
  }
}
