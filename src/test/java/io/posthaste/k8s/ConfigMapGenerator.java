package io.posthaste.k8s;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * A ConfigMap out of files, its name followed by a hash of what is in it, the same that kustomize
 * appends: objects that refer to the map by its plain name change with its content.
 */
record ConfigMapGenerator(String name, List<String> files) {
  private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  /** Those that name a ConfigMap, wherever they stand. */
  private static final Set<String> REFERENCES =
      Set.of("configMap", "configMapRef", "configMapKeyRef");

  void addTo(Kustomization.Rendered rendered, Path folder) {
    TreeMap<String, String> data = new TreeMap<>();
    for (String file : files) {
      Path path = folder.resolve(file).normalize();
      rendered.files().add(path);
      data.put(path.getFileName().toString(), content(path));
    }
    String unique = name + "-" + hash(data);
    rendered.objects().forEach(it -> refer(it, unique));
    rendered.objects().add(configMap(unique, data));
  }

  private static String content(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonObject configMap(String name, TreeMap<String, String> data) {
    JsonObject metadata = new JsonObject();
    metadata.addProperty("name", name);
    JsonObject map = new JsonObject();
    map.addProperty("apiVersion", "v1");
    map.addProperty("kind", "ConfigMap");
    map.add("metadata", metadata);
    map.add("data", GSON.toJsonTree(data));
    return map;
  }

  private void refer(JsonElement element, String unique) {
    switch (element) {
      case JsonArray array -> array.forEach(it -> refer(it, unique));
      case JsonObject object ->
          object
              .asMap()
              .forEach(
                  (key, value) -> {
                    if (REFERENCES.contains(key)
                        && value.getAsJsonObject().get("name").getAsString().equals(name)) {
                      value.getAsJsonObject().addProperty("name", unique);
                    }
                    refer(value, unique);
                  });
      default -> {}
    }
  }

  /** As kustomize's hasher: over the sorted JSON as Go writes it, in letters that make no words. */
  private static String hash(TreeMap<String, String> data) {
    JsonObject hashed = new JsonObject();
    hashed.add("data", GSON.toJsonTree(data));
    hashed.addProperty("kind", "ConfigMap");
    hashed.addProperty("name", "");
    String json =
        GSON.toJson(hashed).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026");
    return sha256(json)
        .chars()
        .limit(10)
        .mapToObj(ConfigMapGenerator::letter)
        .collect(Collectors.joining());
  }

  private static String letter(int hex) {
    int position = "013ae".indexOf(hex);
    return String.valueOf(position < 0 ? (char) hex : "ghkmt".charAt(position));
  }

  private static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
