package io.posthaste.rest;

import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.ext.Provider;
import java.io.IOException;
import java.io.InputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.Locale;
import org.jboss.resteasy.reactive.server.core.ResteasyReactiveRequestContext;
import org.jboss.resteasy.reactive.server.spi.ResteasyReactiveResourceInfo;
import org.jboss.resteasy.reactive.server.spi.ServerMessageBodyReader;
import org.jboss.resteasy.reactive.server.spi.ServerRequestContext;

/** Reads bodies as bytes, up to the limit, also where their length is not known in advance. */
@Provider
class BodyReader implements ServerMessageBodyReader<byte[]> {
  private static final String ORIGIN = "Origin";
  static final int LARGEST_BODY = 16 * 1024 * 1024;

  @Override
  public boolean isReadable(
      Class<?> type, Type generic, ResteasyReactiveResourceInfo method, MediaType mediaType) {
    return type == byte[].class;
  }

  @Override
  public boolean isReadable(
      Class<?> type, Type generic, Annotation[] annotations, MediaType mediaType) {
    return type == byte[].class;
  }

  @Override
  public byte[] readFrom(
      Class<byte[]> type, Type generic, MediaType mediaType, ServerRequestContext request)
      throws IOException {
    byte[] body = read((ResteasyReactiveRequestContext) request);
    if (body.length > LARGEST_BODY) {
      UnroutedRequests.hangUpAfterAnswer(
          ((ResteasyReactiveRequestContext) request).unwrap(RoutingContext.class));
      throw ProblemMapper.bodyTooLarge();
    }
    if (body.length > 0) {
      requireJson((ResteasyReactiveRequestContext) request);
    }
    return body;
  }

  private static void requireJson(ResteasyReactiveRequestContext request) {
    String type = request.serverRequest().getRequestHeader(HttpHeaders.CONTENT_TYPE);
    // An operation that takes other types as well names them all, and the framework keeps to that
    boolean any = request.getTarget().getConsumes().contains(MediaType.WILDCARD_TYPE);
    if (type != null && any && !isJson(bare(type)) && !isUnsaid(bare(type), request)) {
      throw ProblemMapper.notJson(type);
    }
  }

  private static String bare(String type) {
    int parameters = type.indexOf(';');
    return (parameters < 0 ? type : type.substring(0, parameters)).strip().toLowerCase(Locale.ROOT);
  }

  private static boolean isJson(String type) {
    return type.equals(MediaType.APPLICATION_JSON) || type.endsWith("+json");
  }

  // What curl and some libraries say by themselves. Any web page can make a browser say it, too,
  // but
  // then the browser says where the page is from
  private static boolean isUnsaid(String type, ResteasyReactiveRequestContext request) {
    return type.equals(MediaType.APPLICATION_FORM_URLENCODED)
        && request.serverRequest().getRequestHeader(ORIGIN) == null;
  }

  // Room for a body of unknown length costs more than the rest of the reading
  private static byte[] read(ResteasyReactiveRequestContext request) throws IOException {
    InputStream in = request.getInputStream();
    String length = request.serverRequest().getRequestHeader(HttpHeaders.CONTENT_LENGTH);
    return length == null ? in.readNBytes(LARGEST_BODY + 1) : exactly(in, Integer.parseInt(length));
  }

  private static byte[] exactly(InputStream in, int length) throws IOException {
    byte[] body = new byte[length];
    int read = in.readNBytes(body, 0, length);
    return read == length ? body : Arrays.copyOf(body, read);
  }

  @Override
  public byte[] readFrom(
      Class<byte[]> type,
      Type generic,
      Annotation[] annotations,
      MediaType mediaType,
      MultivaluedMap<String, String> headers,
      InputStream body) {
    throw new UnsupportedOperationException("the server calls the other readFrom");
  }
}
