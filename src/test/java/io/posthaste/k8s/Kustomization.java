package io.posthaste.k8s;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Renders a kustomize folder as {@code kubectl kustomize} would, for the part of kustomize that we
 * use: resources (files and folders), components, ConfigMaps out of files, JSON6902 patches from
 * files, and images. Anything else in a kustomization.yaml is refused.
 */
record Kustomization(
    String apiVersion,
    String kind,
    List<String> resources,
    List<String> components,
    List<ConfigMapGenerator> configMapGenerator,
    List<Patch> patches,
    List<Image> images) {

  record Patch(String path, Target target) {}

  record Target(String group, String version, String kind, String name) {
    boolean matches(JsonObject object) {
      String apiVersion = group == null ? version : group + "/" + version;
      return object.get("apiVersion").getAsString().equals(apiVersion)
          && object.get("kind").getAsString().equals(kind)
          && object.getAsJsonObject("metadata").get("name").getAsString().equals(name);
    }
  }

  record Image(String name, String newName, String newTag, String digest) {}

  Kustomization {
    resources = resources == null ? List.of() : resources;
    components = components == null ? List.of() : components;
    configMapGenerator = configMapGenerator == null ? List.of() : configMapGenerator;
    patches = patches == null ? List.of() : patches;
    images = images == null ? List.of() : images;
  }

  /** What a folder renders to, and the YAML files that it was made from. */
  record Rendered(List<JsonObject> objects, Set<Path> files) {}

  static Rendered render(Path folder) {
    Rendered rendered = new Rendered(new ArrayList<>(), new LinkedHashSet<>());
    read(folder, rendered.files())
        .being("kustomize.config.k8s.io/v1beta1", "Kustomization", folder)
        .addTo(rendered, folder);
    return rendered;
  }

  private static Kustomization read(Path folder, Set<Path> files) {
    Path file = folder.resolve("kustomization.yaml");
    files.add(file);
    JsonObject document = Yaml.documents(file).getFirst().getAsJsonObject();
    return StrictModel.read(document, Kustomization.class);
  }

  private Kustomization being(String wantedVersion, String wantedKind, Path folder) {
    if (!wantedVersion.equals(apiVersion) || !wantedKind.equals(kind)) {
      throw new AssertionError(folder + " is no " + wantedKind + " of " + wantedVersion);
    }
    return this;
  }

  private void addTo(Rendered rendered, Path folder) {
    for (String resource : resources) {
      Path path = folder.resolve(resource).normalize();
      if (path.toString().endsWith(".yaml")) {
        rendered.files().add(path);
        Yaml.documents(path).forEach(it -> rendered.objects().add(it.getAsJsonObject()));
      } else {
        Rendered base = render(path);
        rendered.files().addAll(base.files());
        rendered.objects().addAll(base.objects());
      }
    }
    for (String component : components) {
      Path path = folder.resolve(component).normalize();
      read(path, rendered.files())
          .being("kustomize.config.k8s.io/v1alpha1", "Component", path)
          .addTo(rendered, path);
    }
    configMapGenerator.forEach(it -> it.addTo(rendered, folder));
    for (Patch patch : patches) {
      Path path = folder.resolve(patch.path()).normalize();
      rendered.files().add(path);
      JsonArray operations = Yaml.documents(path).getFirst().getAsJsonArray();
      JsonObject target = only(rendered.objects(), patch.target(), path);
      operations.forEach(operation -> JsonPatch.apply(target, operation.getAsJsonObject()));
    }
    rendered.objects().forEach(this::nameImages);
  }

  private static JsonObject only(List<JsonObject> objects, Target target, Path patch) {
    List<JsonObject> matches = objects.stream().filter(target::matches).toList();
    if (matches.size() != 1) {
      throw new AssertionError(patch + " wants one target, found " + matches.size());
    }
    return matches.getFirst();
  }

  private void nameImages(JsonElement element) {
    switch (element) {
      case JsonArray array -> array.forEach(this::nameImages);
      case JsonObject object -> {
        if (object.has("image")) {
          object.addProperty("image", renamed(object.get("image").getAsString()));
        }
        object.asMap().values().forEach(this::nameImages);
      }
      default -> {}
    }
  }

  private String renamed(String image) {
    for (Image rule : images) {
      if (image.equals(rule.name()) || image.startsWith(rule.name() + ":")) {
        String name = rule.newName() == null ? rule.name() : rule.newName();
        String old = image.substring(rule.name().length());
        String version = rule.newTag() == null ? old : ":" + rule.newTag();
        return name + (rule.digest() == null ? version : "@" + rule.digest());
      }
    }
    return image;
  }
}
