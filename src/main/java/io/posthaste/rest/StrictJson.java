package io.posthaste.rest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import io.posthaste.message.InvalidField;
import io.posthaste.problem.ProblemType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request body field by field, strictly: a field that nobody knows, or that stands there
 * twice, is refused by name; a value of another type is refused, never turned into the right one. A
 * field that is null counts as absent, except for a payload.
 *
 * <p>Each reader of a body passes a {@link Field} handler that reads the value of a field it knows
 * and answers false for one that it does not.
 */
final class StrictJson {
  /** How deep a payload may be nested. */
  static final int DEPTH = 1000;

  /** Far deeper than is allowed, so that an entry which is too deep can be skipped alone. */
  private static final int DEPTH_TO_SKIP = 100_000;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH_TO_SKIP)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxNameLength(1024 * 1024)
                  .maxStringLength(32 * 1024 * 1024)
                  .build())
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  private final byte[] body;
  private final BitSet broken;
  private final JsonParser parser;

  private StrictJson(byte[] body, BitSet broken, JsonParser parser) {
    this.body = body;
    this.broken = broken;
    this.parser = parser;
  }

  /** Reads the value of a field it knows; answers false for one that it does not. */
  interface Field {
    boolean read(String name, StrictJson in) throws IOException;
  }

  /** Reads a body that is one object; an empty body counts as an empty object. */
  static void readObject(byte[] body, Field field) {
    readObject(body, new BitSet(), field);
  }

  /**
   * The same where the body need not be UTF-8 throughout: entries of a list that hold broken
   * characters are refused alone.
   */
  static void readObjectDespiteBrokenText(byte[] body, Field field) {
    byte[] mended = body.clone();
    readObject(mended, BrokenText.mend(mended), field);
  }

  private static void readObject(byte[] body, BitSet broken, Field field) {
    if (body.length == 0) {
      return;
    }
    Utf8.requireAtStart(body);
    try (JsonParser parser = FACTORY.createParser(body)) {
      StrictJson in = new StrictJson(body, broken, parser);
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new Problem(ProblemType.INVALID_REQUEST, "The body must be a JSON object.");
      }
      in.fields("", field);
      if (parser.nextToken() != null) {
        throw new Problem(
            ProblemType.MALFORMED_JSON, "There is something behind the body's JSON object.");
      }
    } catch (JsonProcessingException e) {
      throw malformed(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // In words of our own: the parser's speak of its settings
  private static Problem malformed(JsonProcessingException e) {
    String why =
        switch (e) {
          case JsonEOFException _ -> ": it ends too early";
          case StreamConstraintsException _ ->
              ": it is nested more than 100,000 levels deep, or has a field name of more than 1 MiB";
          default -> "";
        };
    return new Problem(
        ProblemType.MALFORMED_JSON,
        "The body is not valid JSON" + why + place(e.getLocation()) + ".");
  }

  /** Where in a text, in brackets. */
  static String place(@Nullable JsonLocation at) {
    return at == null || at.getLineNr() < 1
        ? ""
        : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
  }

  // Behind START_OBJECT, up to its END_OBJECT
  private void fields(String prefix, Field field) throws IOException {
    Set<String> seen = HashSet.newHashSet(8);
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      if (!seen.add(name)) {
        throw new InvalidField(prefix + name, "stands there twice");
      }
      parser.nextToken();
      if (parser.currentToken() == JsonToken.VALUE_NULL && !name.equals("payload")) {
        if (!isKnown(name, field)) {
          throw unknown(prefix + name);
        }
      } else if (!field.read(name, this)) {
        throw unknown(prefix + name);
      }
    }
  }

  // A null is skipped, but only where the field is known: reading it must not be refused as unknown
  private boolean isKnown(String name, Field field) throws IOException {
    try {
      return field.read(name, this);
    } catch (InvalidField e) {
      return true;
    }
  }

  static InvalidField tooMany(String name, int most) {
    return new InvalidField(
        name, "must have at most " + String.format(Locale.ROOT, "%,d", most) + " entries");
  }

  private static InvalidField unknown(String name) {
    return new InvalidField(name, "is not a known field");
  }

  /** An object in an object; its fields are named with a prefix in errors. */
  void object(String name, Field field) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw new InvalidField(name, "must be an object");
    }
    fields(name + ".", field);
  }

  /** Whether the value is an object, where it may be something else as well. */
  boolean isObject() {
    return parser.currentToken() == JsonToken.START_OBJECT;
  }

  /** The same of a string. */
  boolean isString() {
    return parser.currentToken() == JsonToken.VALUE_STRING;
  }

  /** A list of objects, one call each; a bad one is reported and does not end the list. */
  void objects(String name, int most, Entry entry) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw new InvalidField(name, "must be a list");
    }
    int depth = parser.getParsingContext().getNestingDepth();
    int index = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (index == most) {
        throw tooMany(name, most);
      }
      try {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
          throw new InvalidField(name + "[" + index + "]", "must be an object");
        }
        entry.read(index, this);
      } catch (InvalidField e) {
        skipTo(depth);
        entry.invalid(index, e);
      }
      index++;
    }
  }

  /** Reads the entries of a list. */
  interface Entry {
    void read(int index, StrictJson in) throws IOException;

    void invalid(int index, InvalidField problem);
  }

  /** The fields of an entry, whose object has begun. */
  void entryFields(String name, Field field) throws IOException {
    int from = (int) parser.currentTokenLocation().getByteOffset();
    fields("", field);
    int firstBroken = broken.nextSetBit(from);
    if (firstBroken >= 0 && firstBroken < parser.currentLocation().getByteOffset()) {
      throw new InvalidField(name, "must be UTF-8");
    }
  }

  // To the end of the entry that went wrong; what lies behind it is read as if nothing had happened
  private void skipTo(int depth) throws IOException {
    while (parser.getParsingContext().getNestingDepth() > depth) {
      parser.nextToken();
    }
  }

  /** An object whose fields are names of the caller's; a value that is null reads as {@code {}}. */
  void objectsByName(String name, int most, Named named) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw new InvalidField(name, "must be an object");
    }
    Set<String> seen = new HashSet<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      String path = name + "." + key;
      if (!seen.add(key)) {
        throw new InvalidField(path, "stands there twice");
      }
      if (seen.size() > most) {
        throw tooMany(name, most);
      }
      parser.nextToken();
      try {
        named.read(key, path, this);
      } catch (InvalidField e) {
        throw e.field().startsWith(path) ? e : e.under(path);
      }
    }
  }

  /** A list of objects; the first mistake ends it, and is named by its place. */
  void listedObjects(String name, int most, Listed listed) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw new InvalidField(name, "must be a list");
    }
    for (int index = 0; parser.nextToken() != JsonToken.END_ARRAY; index++) {
      if (index == most) {
        throw tooMany(name, most);
      }
      String path = name + "[" + index + "]";
      try {
        listed.read(index, path, this);
      } catch (InvalidField e) {
        throw e.field().startsWith(path) ? e : e.under(path);
      }
    }
  }

  /** A name that is wrong is told by where it stands. */
  static <T> T named(String path, Supplier<T> name) {
    try {
      return name.get();
    } catch (InvalidField e) {
      throw e.in(path);
    }
  }

  /** Reads the object at that place. */
  interface Listed {
    void read(int index, String path, StrictJson in) throws IOException;
  }

  /** Reads the object of that name. */
  interface Named {
    void read(String key, String path, StrictJson in) throws IOException;
  }

  /** The same as {@link #object}, but absent when it is null. */
  void objectOrNull(String name, Field field) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_NULL) {
      object(name, field);
    }
  }

  String string(String name) throws IOException {
    return storable(name, anyText(name));
  }

  private String anyText(String name) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw new InvalidField(name, "must be a string");
    }
    return parser.getText();
  }

  private static String storable(String name, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new InvalidField(name, "must not contain the NUL character");
    }
    for (int i = 0; i < text.length(); i++) {
      if (BrokenText.isLoneSurrogate(text, i)) {
        throw new InvalidField(name, "must not contain a lone surrogate");
      }
    }
    return text;
  }

  List<String> strings(String name, int most) throws IOException {
    return list(name, most, this::string);
  }

  /** The same where any text will do: what holds no text that we wrote is answered, not refused. */
  List<String> tokens(String name, int most) throws IOException {
    return list(name, most, this::anyText);
  }

  private interface Value {
    String read(String name) throws IOException;
  }

  private List<String> list(String name, int most, Value value) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw new InvalidField(name, "must be a list of strings");
    }
    List<String> values = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (values.size() == most) {
        throw tooMany(name, most);
      }
      values.add(value.read(name + "[" + values.size() + "]"));
    }
    return values;
  }

  private String key(String name) throws IOException {
    return storable(name, parser.currentName());
  }

  Map<String, String> stringMap(String name) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw new InvalidField(name, "must be an object of strings");
    }
    Map<String, String> values = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = key(name);
      parser.nextToken();
      if (values.put(key, string(name + "." + key)) != null) {
        throw new InvalidField(name + "." + key, "stands there twice");
      }
    }
    return values;
  }

  /** An object of strings, whole numbers and booleans. */
  Map<String, Object> scalars(String name) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw new InvalidField(name, "must be an object of strings, whole numbers and booleans");
    }
    Map<String, Object> values = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = key(name);
      parser.nextToken();
      if (values.put(key, scalar(name + "." + key)) != null) {
        throw new InvalidField(name + "." + key, "stands there twice");
      }
    }
    return values;
  }

  private Object scalar(String name) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_STRING -> string(name);
      case VALUE_NUMBER_INT -> longNumber(name);
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw new InvalidField(name, "must be a string, a whole number or a boolean");
    };
  }

  private long longNumber(String name) throws IOException {
    try {
      return parser.getLongValue();
    } catch (JsonProcessingException e) {
      throw new InvalidField(name, "must be a whole number of at most 64 bits");
    }
  }

  int wholeNumber(String name, int min, int max) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw new InvalidField(name, "must be a whole number");
    }
    try {
      int value = parser.getIntValue();
      if (value >= min && value <= max) {
        return value;
      }
    } catch (JsonProcessingException e) {
      // Falls through to the one sentence for both
    }
    throw new InvalidField(name, "must be a whole number from " + min + " to " + max);
  }

  double number(String name) throws IOException {
    JsonToken token = parser.currentToken();
    if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) {
      throw new InvalidField(name, "must be a number");
    }
    return parser.getDoubleValue();
  }

  boolean bool(String name) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> throw new InvalidField(name, "must be true or false");
    };
  }

  Duration duration(String name) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      return TimeText.duration(name, parser.getText());
    }
    throw TimeText.notDuration(name);
  }

  List<Duration> durations(String name, int most) throws IOException {
    List<String> texts = strings(name, most);
    List<Duration> values = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      values.add(TimeText.duration(name + "[" + i + "]", texts.get(i)));
    }
    return values;
  }

  Instant instant(String name) throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      return TimeText.instant(name, parser.getText());
    }
    throw TimeText.notInstant(name);
  }

  /**
   * The bytes of a value, as they stand in the body.
   *
   * @param depth how deep it may be nested
   */
  byte[] raw(String name, int depth) throws IOException {
    int from = (int) parser.currentTokenLocation().getByteOffset();
    skip(name, depth);
    int to = (int) parser.currentLocation().getByteOffset();
    byte[] value = Arrays.copyOfRange(body, from, to);
    Utf8.require(name, value);
    return value;
  }

  private void skip(String name, int depth) throws IOException {
    if (!parser.currentToken().isStructStart()) {
      parser.finishToken();
      return;
    }
    for (int open = 1; open > 0; ) {
      JsonToken token = parser.nextToken();
      if (token == null) {
        throw new JsonEOFException(parser, null, "it ends too early");
      }
      open += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      if (open > depth) {
        throw new InvalidField(name, "must be nested at most " + depth + " levels deep");
      }
    }
  }
}
