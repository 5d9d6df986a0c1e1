package io.posthaste.rest;

import io.smallrye.mutiny.Uni;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.impl.ContextInternal;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.jspecify.annotations.Nullable;

/**
 * The short way of a single send, past the REST framework, which would do a sixth of all the work
 * (docs/decisions/0011). Takes requests that say nothing unusual; all others, and every other
 * operation, go on to the framework, where {@link SendResource} does the same.
 */
@ApplicationScoped
class SendRoute {
  /** Behind {@link UnroutedRequests}, before the framework. */
  private static final int EARLY = -900;

  private static final String BEFORE_QUEUE = "/v1/queues/";
  private static final String BEHIND_QUEUE = "/messages";
  private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");

  private final SendResource sends;

  SendRoute(SendResource sends) {
    this.sends = sends;
  }

  void register(@Observes Router router) {
    router.post().order(EARLY).handler(this::handle);
  }

  private void handle(RoutingContext context) {
    HttpServerRequest request = context.request();
    String queue = queue(request.path());
    if (queue == null || !isPlain(request)) {
      context.next();
      return;
    }
    // Quarkus lets no body in before somebody asks for it
    request.bodyHandler(body -> send(context, queue, body)).resume();
  }

  private static @Nullable String queue(@Nullable String path) {
    if (path == null || !path.startsWith(BEFORE_QUEUE) || !path.endsWith(BEHIND_QUEUE)) {
      return null;
    }
    int end = path.length() - BEHIND_QUEUE.length();
    if (end <= BEFORE_QUEUE.length()) {
      return null;
    }
    String queue = path.substring(BEFORE_QUEUE.length(), end);
    return queue.indexOf('/') < 0 && queue.indexOf('%') < 0 ? queue : null;
  }

  private static boolean isPlain(HttpServerRequest request) {
    return request.query() == null
        && "application/json".equals(request.getHeader(HttpHeaders.CONTENT_TYPE))
        && request.getHeader(HttpHeaders.CONTENT_LENGTH) != null
        && request.getHeader("Expect") == null
        && accepts(request.getHeader(HttpHeaders.ACCEPT));
  }

  private static boolean accepts(@Nullable String types) {
    return types == null || types.equals("*/*") || types.equals("application/json");
  }

  private void send(RoutingContext context, String queue, Buffer body) {
    HttpServerRequest request = context.request();
    ContextInternal own = ContextInternal.current();
    // Deferred, so that whatever is thrown becomes an answer, too
    Uni.createFrom()
        .deferred(() -> sends.send(queue, TraceContext.of(request::getHeader), body.getBytes()))
        .emitOn(task -> run(task, own))
        .subscribe()
        .with(json -> created(context, json), context::fail);
  }

  // A provider may answer on another event loop than the one that owns the connection
  private static void run(Runnable task, ContextInternal own) {
    if (own.inThread()) {
      task.run();
    } else {
      own.runOnContext(_ -> task.run());
    }
  }

  private static void created(RoutingContext context, byte[] json) {
    context
        .response()
        .setStatusCode(201)
        .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
        .end(Buffer.buffer(json));
  }
}
