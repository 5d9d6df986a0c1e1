package io.posthaste.rest;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;

/**
 * Answers what fails before it reaches a resource in the shape of all other failures.
 *
 * <p>Known weakness: what is no HTTP request at all, and a request line or headers beyond the
 * limits of Vert.x (4 and 8 KiB), is answered by Vert.x itself, with 400, 414 or 431 and no body.
 */
@ApplicationScoped
class UnroutedRequests {
  private static final int BEFORE_ALL = -1000;

  void register(@Observes Router router) {
    router.route().order(BEFORE_ALL).handler(UnroutedRequests::requireFit);
    router.errorHandler(400, UnroutedRequests::refuseAddress);
  }

  // A body of unknown length is measured as it is read, see BodyReader
  private static void requireFit(RoutingContext context) {
    if (isTooLarge(context.request())) {
      hangUpAfterAnswer(context);
      answer(context, ProblemMapper.bodyTooLarge());
    } else {
      context.next();
    }
  }

  private static boolean isTooLarge(HttpServerRequest request) {
    String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    // More digits than a long has are too large as well
    return length != null
        && (length.length() > 18 || Long.parseLong(length) > BodyReader.LARGEST_BODY);
  }

  // Nothing else fails with this status before it reaches a resource
  private static void refuseAddress(RoutingContext context) {
    if (!context.response().ended()) {
      answer(context, ProblemMapper.noAddress());
    }
  }

  /** What is left of the body is not read, so that nothing can follow it. */
  static void hangUpAfterAnswer(RoutingContext context) {
    context.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    context.response().endHandler(_ -> context.request().connection().close());
  }

  private static void answer(RoutingContext context, Problem problem) {
    context
        .response()
        .setStatusCode(problem.type().status())
        .putHeader(HttpHeaders.CONTENT_TYPE, ProblemMapper.MEDIA_TYPE)
        .end(Buffer.buffer(ProblemMapper.body(problem, instance(context))));
  }

  // As it was sent: what is no path cannot be normalized
  private static String instance(RoutingContext context) {
    String path = context.request().path();
    return path == null ? "" : path;
  }
}
