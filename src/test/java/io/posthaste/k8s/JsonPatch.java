package io.posthaste.k8s;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.Set;

/**
 * One operation of RFC 6902, of those we use: add, replace, remove. A path that is not there is
 * refused.
 */
final class JsonPatch {
  private JsonPatch() {}

  static void apply(JsonObject document, JsonObject operation) {
    if (!Set.of("op", "path", "value").containsAll(operation.keySet())) {
      throw new AssertionError("unknown field in " + operation);
    }
    String path = operation.get("path").getAsString();
    int slash = path.lastIndexOf('/');
    JsonElement parent = document;
    for (String token : path.substring(0, slash).split("/")) {
      parent = token.isEmpty() ? parent : child(parent, token, path);
    }
    String key = unescaped(path.substring(slash + 1));
    String op = operation.get("op").getAsString();
    switch (op) {
      case "add" -> add(parent, key, operation.get("value"));
      case "replace" -> {
        child(parent, key, path);
        remove(parent, key);
        add(parent, key, operation.get("value"));
      }
      case "remove" -> {
        child(parent, key, path);
        remove(parent, key);
      }
      default -> throw new AssertionError("unknown op " + op);
    }
  }

  private static JsonElement child(JsonElement parent, String token, String path) {
    JsonElement child =
        parent instanceof JsonArray array
            ? array.get(Integer.parseInt(token))
            : parent.getAsJsonObject().get(unescaped(token));
    if (child == null) {
      throw new AssertionError("nothing at " + token + " of " + path);
    }
    return child;
  }

  private static void add(JsonElement parent, String key, JsonElement value) {
    if (!(parent instanceof JsonArray array)) {
      parent.getAsJsonObject().add(key, value);
    } else if (key.equals("-")) {
      array.add(value);
    } else {
      array.asList().add(Integer.parseInt(key), value);
    }
  }

  private static void remove(JsonElement parent, String key) {
    if (parent instanceof JsonArray array) {
      array.remove(Integer.parseInt(key));
    } else {
      parent.getAsJsonObject().remove(key);
    }
  }

  private static String unescaped(String token) {
    return token.replace("~1", "/").replace("~0", "~");
  }
}
