package io.posthaste.rest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.posthaste.problem.ProblemType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * YAML turned into JSON, so that one reader with one strictness serves both. One document, without
 * anchors, aliases and tags, which JSON does not have.
 */
final class YamlText {
  private static final int LARGEST = 16 * 1024 * 1024;
  private static final JsonFactory JSON = new JsonFactory();
  // A factory that is built has this feature off, one that is made by its constructor has it on
  private static final YAMLFactory YAML =
      YAMLFactory.builder()
          .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL)
          .loaderOptions(limits())
          .build();

  private YamlText() {}

  private static LoaderOptions limits() {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(LARGEST);
    return options;
  }

  /** The same as JSON; nothing for a document that holds nothing. */
  static byte[] toJson(byte[] yaml) {
    ByteArrayOutputStream json = new ByteArrayOutputStream(yaml.length);
    try (YAMLParser in = YAML.createParser(yaml);
        JsonGenerator out = JSON.createGenerator(json)) {
      while (in.nextToken() != null) {
        requirePlain(in);
        out.copyCurrentEvent(in);
      }
    } catch (JsonProcessingException e) {
      throw malformed("", e.getLocation());
    } catch (YAMLException e) {
      throw malformed("", null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return json.toByteArray();
  }

  private static void requirePlain(YAMLParser in) throws IOException {
    if (in.isCurrentAlias() || in.getObjectId() != null || in.getTypeId() != null) {
      throw malformed(": anchors, aliases and tags are not taken", in.currentTokenLocation());
    }
  }

  // In words of our own: the parser's speak of its classes
  private static Problem malformed(String why, @Nullable JsonLocation at) {
    return new Problem(
        ProblemType.INVALID_REQUEST,
        "The body is not valid YAML" + why + StrictJson.place(at) + ".");
  }
}
