package io.posthaste.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.yaml.snakeyaml.Yaml;

/** The OpenAPI document as a tree, with its references followed. */
record OpenApiDocument(JsonNode root) {
  static final Path FILE = Path.of("docs/openapi.yaml");
  private static final Set<String> METHODS = Set.of("get", "put", "post", "patch", "delete");

  /** One method of one path. */
  record Operation(String path, String method, JsonNode pathItem, JsonNode node) {
    @Override
    public String toString() {
      return method.toUpperCase(Locale.ROOT) + " " + path;
    }
  }

  static OpenApiDocument committed() {
    try {
      return parse(Files.readString(FILE));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static OpenApiDocument parse(String yaml) {
    return new OpenApiDocument(new ObjectMapper().valueToTree(new Yaml().load(yaml)));
  }

  List<Operation> operations() {
    List<Operation> operations = new ArrayList<>();
    root.get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue().properties().stream()
                    .filter(method -> METHODS.contains(method.getKey()))
                    .forEach(
                        method ->
                            operations.add(
                                new Operation(
                                    path.getKey(),
                                    method.getKey(),
                                    path.getValue(),
                                    method.getValue()))));
    return operations;
  }

  /** The node itself, or what its $ref points to. */
  JsonNode follow(JsonNode node) {
    JsonNode reference = node.get("$ref");
    return reference == null ? node : follow(root.at(reference.asText().substring(1)));
  }

  List<JsonNode> parameters(Operation operation) {
    List<JsonNode> parameters = new ArrayList<>();
    operation.pathItem().path("parameters").forEach(p -> parameters.add(follow(p)));
    operation.node().path("parameters").forEach(p -> parameters.add(follow(p)));
    return parameters;
  }

  /** The only content of a body; missing where there is none. */
  JsonNode content(JsonNode body) {
    JsonNode contents = follow(body).path("content");
    return contents.isEmpty() ? MissingNode.getInstance() : contents.iterator().next();
  }

  /**
   * Fails when a value has fields that its schema does not know, lacks one, or is of another type.
   */
  void requireFits(JsonNode schemaOrReference, JsonNode value, String where) {
    JsonNode schema = follow(schemaOrReference);
    if (schema.has("type")) {
      List<String> types = new ArrayList<>();
      if (schema.get("type").isArray()) {
        schema.get("type").forEach(type -> types.add(type.asText()));
      } else {
        types.add(schema.get("type").asText());
      }
      assertThat(types).as("%s: %s", where, value).contains(typeOf(value, types));
    }
    if (schema.has("enum")) {
      assertThat(schema.get("enum")).as(where).contains(value);
    }
    schema
        .path("required")
        .forEach(name -> assertThat(value.has(name.asText())).as(where + "." + name).isTrue());
    if (value.isArray()) {
      value.forEach(entry -> requireFits(schema.path("items"), entry, where + "[]"));
    }
    if (schema.has("properties")) {
      value
          .properties()
          .forEach(
              field -> {
                JsonNode known = schema.get("properties").get(field.getKey());
                assertThat(known).as(where + "." + field.getKey() + " is documented").isNotNull();
                requireFits(known, field.getValue(), where + "." + field.getKey());
              });
    }
  }

  private static String typeOf(JsonNode value, List<String> wanted) {
    return switch (value.getNodeType()) {
      case OBJECT -> "object";
      case ARRAY -> "array";
      case STRING -> "string";
      case BOOLEAN -> "boolean";
      case NULL -> "null";
      case NUMBER -> value.isIntegralNumber() && !wanted.contains("number") ? "integer" : "number";
      default -> throw new AssertionError(value.getNodeType());
    };
  }
}
