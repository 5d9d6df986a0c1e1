package io.posthaste.k8s;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.annotations.SerializedName;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * The parts of a RabbitMQ definitions file that we use; anything else is refused, users above all.
 * Operator policies are parameters there: RabbitMQ passes over a list of them without a word.
 */
record RabbitmqDefinitions(
    List<VirtualHost> vhosts, List<Parameter> parameters, List<Policy> policies) {

  record VirtualHost(
      String name, String description, List<String> tags, String default_queue_type) {}

  record Parameter(String vhost, String component, String name, JsonObject value) {}

  record OperatorPolicy(
      String pattern,
      @SerializedName("apply-to") String applyTo,
      int priority,
      JsonObject definition) {}

  /** The value of the only parameter of that component, read strictly. */
  <T> T only(String component, Class<T> model) {
    List<Parameter> found =
        parameters.stream().filter(it -> it.component().equals(component)).toList();
    if (found.size() != 1) {
      throw new AssertionError("wants one " + component + ", has " + found.size());
    }
    return StrictModel.read(found.getFirst().value(), model);
  }

  record Policy(
      String vhost,
      String name,
      String pattern,
      @SerializedName("apply-to") String applyTo,
      int priority,
      JsonObject definition) {}

  static RabbitmqDefinitions parse(String json) {
    JsonReader reader = new JsonReader(new StringReader(json));
    reader.setStrictness(Strictness.STRICT);
    JsonObject document = JsonParser.parseReader(reader).getAsJsonObject();
    try {
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new AssertionError("more than one document");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return StrictModel.read(document, RabbitmqDefinitions.class);
  }
}
