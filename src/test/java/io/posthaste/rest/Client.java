package io.posthaste.rest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.StreamSupport;

/** Calls the REST interface with bodies as they are written, and reads answers without coercion. */
public final class Client {
  private static final ObjectMapper JSON = new ObjectMapper();
  // A restart of Quarkus loads this class again, and the database stays
  private static final String RUN =
      ProcessHandle.current().pid() + "-" + Long.toString(System.nanoTime(), 36);
  private static final AtomicInteger QUEUES = new AtomicInteger();
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final URI base;

  public Client(URI base) {
    this.base = base;
  }

  /** What the service answered. */
  public record Answer(int status, String contentType, HttpResponse<byte[]> raw) {

    public String text() {
      return new String(raw.body(), StandardCharsets.UTF_8);
    }

    public JsonNode json() {
      try {
        return JSON.readTree(text());
      } catch (JsonProcessingException e) {
        throw new AssertionError(text(), e);
      }
    }

    /** The text of a field, named by a JSON pointer without its first slash. */
    public String at(String pointer) {
      JsonNode node = json().at("/" + pointer);
      if (node.isMissingNode()) {
        throw new AssertionError("no " + pointer + " in " + text());
      }
      return node.asText();
    }

    /** A field of each object in a list. */
    public List<String> each(String list, String field) {
      return StreamSupport.stream(json().get(list).spliterator(), false)
          .map(entry -> entry.at("/" + field).asText())
          .toList();
    }

    public String header(String name) {
      return raw.headers().firstValue(name).orElse("");
    }
  }

  /** A new queue with a policy; its name. */
  public String queue(String policy) {
    // The count begins anew when Quarkus starts again with other resources, the database does not
    String name = "q-" + Long.toString(System.nanoTime(), 36) + "-" + QUEUES.incrementAndGet();
    Answer answer = put("/v1/queues/" + name, policy);
    if (answer.status() != 201) {
      throw new AssertionError(answer.text());
    }
    return name;
  }

  public String queue() {
    return queue("{}");
  }

  public Answer get(String path) {
    return call("GET", path, "");
  }

  public Answer put(String path, String body) {
    return call("PUT", path, body);
  }

  public Answer post(String path, String body) {
    return call("POST", path, body);
  }

  public Answer patch(String path, String body) {
    return call("PATCH", path, body);
  }

  public Answer delete(String path) {
    return call("DELETE", path, "");
  }

  public Answer call(String method, String path, String body, String... headers) {
    return send(request(method, path, body.getBytes(StandardCharsets.UTF_8), headers).build());
  }

  public Answer send(HttpRequest request) {
    try {
      return answer(HTTP.send(request, BodyHandlers.ofByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Cancelling the future hangs up. */
  public CompletableFuture<Answer> postLater(String path, String body) {
    HttpRequest request =
        request("POST", path, body.getBytes(StandardCharsets.UTF_8), new String[0]).build();
    return HTTP.sendAsync(request, BodyHandlers.ofByteArray()).thenApply(Client::answer);
  }

  public HttpRequest.Builder request(String method, String path, byte[] body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(base.resolve(path))
            .timeout(Duration.ofSeconds(60))
            .header("Content-Type", "application/json")
            .method(
                method,
                body.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    return headers.length == 0 ? request : request.headers(headers);
  }

  private static Answer answer(HttpResponse<byte[]> response) {
    return new Answer(
        response.statusCode(), response.headers().firstValue("content-type").orElse(""), response);
  }
}
