package io.posthaste.k8s;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code docs/kubernetes.md} tells its reader to do. */
public record Guide(String text) {
  private static final Pattern SECRET =
      Pattern.compile("kubectl create secret generic (\\S+) (.*)");
  private static final Pattern KEY = Pattern.compile("--from-(?:file|literal)=([^\\s=]+)");

  public static Guide read() {
    try {
      return new Guide(Files.readString(Path.of("docs/kubernetes.md")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The Secrets that the reader makes, and the keys in them. */
  Map<String, Set<String>> secrets() {
    Map<String, Set<String>> secrets = new TreeMap<>();
    SECRET
        .matcher(text.replace("\\\n", " "))
        .results()
        .forEach(
            command -> {
              Set<String> keys = new TreeSet<>();
              KEY.matcher(command.group(2)).results().forEach(it -> keys.add(it.group(1)));
              secrets.put(command.group(1), keys);
            });
    return secrets;
  }

  /** The manifest in the block of that name. */
  JsonObject manifest(String name) {
    Matcher block = Pattern.compile("(?ms)^```yaml " + name + "\\n(.*?)^```$").matcher(text);
    if (!block.find()) {
      throw new AssertionError("docs/kubernetes.md has no block ```yaml " + name);
    }
    return Yaml.documents(block.group(1)).getFirst().getAsJsonObject();
  }

  /** The topology document in its ConfigMap. */
  public String topology() {
    return manifest("topology").getAsJsonObject("data").get("topology.yaml").getAsString();
  }

  boolean says(String words) {
    return text.contains(words);
  }
}
