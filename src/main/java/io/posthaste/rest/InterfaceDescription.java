package io.posthaste.rest;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * Serves docs/openapi.yaml as it stands, or the same as JSON. Quarkus' extension for it would read
 * and write the document anew at every start, whether anybody asks for it or not.
 */
@ApplicationScoped
class InterfaceDescription {
  private static final String PATH = "/q/openapi";
  private static final String RESOURCE = "/META-INF/openapi.yaml";
  private static final String YAML = "application/yaml;charset=UTF-8";
  private static final String JSON = "application/json;charset=UTF-8";

  private volatile @Nullable Buffer json;

  void register(@Observes Router router) {
    route(router, PATH, this::answer);
    route(router, PATH + ".yaml", InterfaceDescription::answerYaml);
    route(router, PATH + ".json", this::answerJson);
  }

  private static void route(Router router, String path, Handler<RoutingContext> handler) {
    router
        .route(path)
        .method(HttpMethod.GET)
        .method(HttpMethod.HEAD)
        .blockingHandler(handler, false);
  }

  private void answer(RoutingContext context) {
    if (wantsJson(context)) {
      answerJson(context);
    } else {
      answerYaml(context);
    }
  }

  private static boolean wantsJson(RoutingContext context) {
    String format = context.request().getParam("format");
    String accepted = context.request().getHeader(HttpHeaders.ACCEPT);
    return format == null
        ? accepted != null && accepted.startsWith("application/json")
        : format.equalsIgnoreCase("json");
  }

  private static void answerYaml(RoutingContext context) {
    answer(context, YAML, Buffer.buffer(document()));
  }

  private void answerJson(RoutingContext context) {
    Buffer known = json;
    if (known == null) {
      known = Buffer.buffer(YamlText.toJson(document()));
      json = known;
    }
    answer(context, JSON, known);
  }

  private static void answer(RoutingContext context, String type, Buffer body) {
    context.response().putHeader(HttpHeaders.CONTENT_TYPE, type).end(body);
  }

  private static byte[] document() {
    try (InputStream in = InterfaceDescription.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + RESOURCE + " is missing");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
