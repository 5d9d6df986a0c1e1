package io.posthaste.rest;

import io.posthaste.problem.ProblemType;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/**
 * Answers what fails outside of the REST framework, before a resource or on the way of {@link
 * SendRoute}, in the shape of all other failures.
 */
@ApplicationScoped
class UnroutedRequests {
  private static final int BEFORE_ALL = -1000;
  private static final String UNREADABLE =
      "The request is not HTTP: its first line or a header is malformed. A blank in an address is written %20.";

  private final String longestLine;
  private final String largestHeaders;

  UnroutedRequests(
      @ConfigProperty(name = "quarkus.http.limits.max-initial-line-length") String longestLine,
      @ConfigProperty(name = "quarkus.http.limits.max-header-size") String largestHeaders) {
    this.longestLine = longestLine;
    this.largestHeaders = largestHeaders;
  }

  void register(@Observes Router router) {
    router
        .route()
        .order(BEFORE_ALL)
        .handler(UnroutedRequests::requireFit)
        .failureHandler(UnroutedRequests::answerFailure);
    router.route(UnreadableRequests.PATH + ":status").handler(this::answerUnreadable);
  }

  private void answerUnreadable(RoutingContext context) {
    answer(
        context,
        switch (context.pathParam("status")) {
          case "414" ->
              new Problem(
                  ProblemType.URI_TOO_LONG,
                  "The request's first line, which holds the address, has more than the %s bytes that QUARKUS_HTTP_LIMITS_MAX_INITIAL_LINE_LENGTH allows."
                      .formatted(longestLine));
          case "431" ->
              new Problem(
                  ProblemType.HEADERS_TOO_LARGE,
                  "The request's headers have more than the %s bytes that QUARKUS_HTTP_LIMITS_MAX_HEADER_SIZE allows."
                      .formatted(largestHeaders));
          case "400" -> invalid(UNREADABLE);
          case null, default -> ProblemMapper.unknownPath();
        });
  }

  // What no route took, and what Vert.x refuses before any of them
  private static void answerFailure(RoutingContext context) {
    if (context.response().headWritten()) {
      context.next();
      return;
    }
    Throwable failure = context.failure();
    answer(
        context,
        switch (context.statusCode()) {
          case 400 -> invalid(failure == null ? UNREADABLE : failure.getMessage() + ".");
          case 404 -> ProblemMapper.unknownPath();
          default ->
              ProblemMapper.problem(
                  failure == null
                      ? new IllegalStateException("a request failed without a cause")
                      : failure);
        });
  }

  private static Problem invalid(String detail) {
    return new Problem(ProblemType.INVALID_REQUEST, detail);
  }

  private static boolean isUri(String address) {
    try {
      return new URI(address).getRawPath() != null;
    } catch (URISyntaxException _) {
      return false;
    }
  }

  // A body of unknown length is measured as it is read, see BodyReader
  private static void requireFit(RoutingContext context) {
    if (!isUri(context.request().uri())) {
      answer(
          context,
          invalid(
              "The address is not a URI: write what is not a letter, a digit or one of -._~ in it as percent and two hexadecimal digits, such as %20 for a blank."));
    } else if (hasMatrix(context.request().path())) {
      answer(
          context, invalid("A ';' in a path has no meaning here; one in a name is written %3B."));
    } else if (context.request().method().equals(HttpMethod.OPTIONS)) {
      answerOptions(context);
    } else if (isTooLarge(context.request())) {
      hangUpAfterAnswer(context);
      answer(context, ProblemMapper.bodyTooLarge());
    } else {
      context.next();
    }
  }

  private static boolean hasMatrix(@Nullable String path) {
    return path != null && path.indexOf(';') >= 0;
  }

  // Jakarta REST would list what it knows, and that of one class only
  private static void answerOptions(RoutingContext context) {
    Optional.ofNullable(context.request().path())
        .flatMap(KnownPaths::allowed)
        .ifPresentOrElse(
            methods ->
                context.response().setStatusCode(204).putHeader(HttpHeaders.ALLOW, methods).end(),
            context::next);
  }

  private static boolean isTooLarge(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    // More digits than a long has are too large as well
    return length != null
        && (length.length() > 18 || Long.parseLong(length) > BodyReader.LARGEST_BODY);
  }

  /** What is left of the body is not read, so that nothing can follow it. */
  static void hangUpAfterAnswer(RoutingContext context) {
    context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    context.response().endHandler(_ -> context.request().connection().close());
  }

  private static void answer(RoutingContext context, Problem problem) {
    HttpServerResponse response = context.response().setStatusCode(problem.type().status());
    ProblemMapper.headers(problem).forEach(response::putHeader);
    response.end(Buffer.buffer(ProblemMapper.body(problem, instance(context))));
  }

  private static String instance(RoutingContext context) {
    String path = context.request().path();
    return path == null || path.startsWith(UnreadableRequests.PATH) ? "/" : path;
  }
}
