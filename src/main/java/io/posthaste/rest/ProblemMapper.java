package io.posthaste.rest;

import io.posthaste.broker.BrokerRefusal;
import io.posthaste.message.InvalidField;
import io.posthaste.problem.ProblemType;
import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderDisabled;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.QueueNotFound;
import io.posthaste.queue.QueueRefused;
import io.posthaste.queue.UnsupportedByProvider;
import io.posthaste.scheduling.ScheduleRefused;
import io.posthaste.topology.DefinitionRefused;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.UriInfo;
import java.util.Map;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.RestResponse;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** The one place where failures become answers. */
class ProblemMapper {
  static final String MEDIA_TYPE = "application/problem+json";
  private static final Logger LOG = Logger.getLogger(ProblemMapper.class);
  private static final String RETRY_AFTER_SECONDS = "1";

  @ServerExceptionMapper(priority = 1)
  RestResponse<byte[]> map(Throwable failure, UriInfo uri) {
    String path = uri.getRequestUri().getRawPath();
    if (failure instanceof WebApplicationException http && isAboutPath(http)) {
      return KnownPaths.allowed(path)
          .map(methods -> otherMethods(path, methods))
          .orElseGet(() -> answer(unknownPath(), path));
    }
    return answer(problem(failure), path);
  }

  private static boolean isAboutPath(WebApplicationException http) {
    int status = http.getResponse().getStatus();
    return status == 404 || status == 405;
  }

  private static RestResponse<byte[]> otherMethods(String path, String methods) {
    Problem problem =
        new Problem(
            ProblemType.METHOD_NOT_ALLOWED,
            "This path has " + methods + " only; see /q/openapi for all of them.");
    return RestResponse.ResponseBuilder.<byte[]>create(problem.type().status())
        .header("Content-Type", MEDIA_TYPE)
        .header("Allow", methods)
        .entity(body(problem, path))
        .build();
  }

  static Problem problem(Throwable failure) {
    return switch (failure) {
      case Problem known -> known;
      case InvalidField invalid -> Problem.of(invalid);
      case QueueRefused refused -> QueueProblems.of(refused.queue(), refused.why());
      case ScheduleRefused refused -> ScheduleProblems.of(refused.schedule(), refused.why());
      case DefinitionRefused refused -> located(refused);
      case QueueNotFound missing -> Problem.queueNotFound(missing.queue());
      case ProviderDisabled disabled ->
          new Problem(
              ProblemType.PROVIDER_DISABLED,
              "The provider '%s' is turned off; its operator turns it on by setting %s."
                  .formatted(disabled.provider(), disabled.setting()));
      case BrokerRefusal refusal ->
          new Problem(
              switch (refusal.kind()) {
                case NOT_FOUND -> ProblemType.NOT_FOUND;
                case CONFLICT -> ProblemType.BROKER_REFUSED;
              },
              "The broker says: " + refusal.getMessage());
      case UnsupportedByProvider unsupported ->
          new Problem(
              ProblemType.UNSUPPORTED_BY_PROVIDER, String.valueOf(unsupported.getMessage()));
      case ProviderUnavailable away ->
          new Problem(
              ProblemType.PROVIDER_UNAVAILABLE,
              "The provider '%s' %s; nothing was done. Try again."
                  .formatted(away.provider(), away.condition()));
      case OutcomeUnknown _ ->
          new Problem(
              ProblemType.OUTCOME_UNKNOWN,
              "The queue's broker did not answer in time; what was asked may have been done. "
                  + "Trying again is safe with a deduplicationId.");
      case WebApplicationException http -> ofStatus(http);
      default -> {
        LOG.error("request failed", failure);
        yield new Problem(
            ProblemType.INTERNAL_ERROR, "This is a defect of Posthaste; its log says more.");
      }
    };
  }

  // Where in the document, and in there which field if that is known
  private static Problem located(DefinitionRefused refused) {
    if (refused.why() instanceof InvalidField invalid) {
      return Problem.of(invalid.under(refused.path()));
    }
    Problem problem = problem(refused.why());
    String field = problem.members().get("field");
    return problem.field(field == null ? refused.path() : refused.path() + "." + field);
  }

  private static Problem ofStatus(WebApplicationException http) {
    return switch (http.getResponse().getStatus()) {
      case 406 ->
          new Problem(
              ProblemType.NOT_ACCEPTABLE, "Answers are application/json; accept that, or */*.");
      case 413 -> bodyTooLarge();
      case 415 ->
          new Problem(
              ProblemType.UNSUPPORTED_MEDIA_TYPE,
              "Send the body with 'Content-Type: application/json'.");
      case 500 -> {
        LOG.error("request failed", http);
        yield new Problem(
            ProblemType.INTERNAL_ERROR, "This is a defect of Posthaste; its log says more.");
      }
      default -> new Problem(ProblemType.INVALID_REQUEST, "The request cannot be understood.");
    };
  }

  static Problem unknownPath() {
    return new Problem(
        ProblemType.NOT_FOUND, "No such path; the interface is described at /q/openapi.");
  }

  static Problem notJson(String type) {
    return new Problem(
        ProblemType.UNSUPPORTED_MEDIA_TYPE,
        "Send the body with 'Content-Type: application/json' rather than '" + type + "'.");
  }

  static Problem bodyTooLarge() {
    return new Problem(
        ProblemType.PAYLOAD_TOO_LARGE, "A request may have at most 16 MiB; send smaller batches.");
  }

  static RestResponse<byte[]> answer(Problem problem, String instance) {
    RestResponse.ResponseBuilder<byte[]> answer =
        RestResponse.ResponseBuilder.<byte[]>create(problem.type().status())
            .entity(body(problem, instance));
    headers(problem).forEach(answer::header);
    return answer.build();
  }

  static Map<String, String> headers(Problem problem) {
    return problem.type().status() == 503
        ? Map.of("Content-Type", MEDIA_TYPE, "Retry-After", RETRY_AFTER_SECONDS)
        : Map.of("Content-Type", MEDIA_TYPE);
  }

  static byte[] body(Problem problem, String instance) {
    JsonWriter out = new JsonWriter();
    out.open()
        .field("type", problem.type().uri())
        .field("title", problem.type().title())
        .field("status", problem.type().status())
        .field("detail", problem.detail())
        .field("instance", instance);
    problem.members().forEach(out::field);
    return out.close().toBytes();
  }
}
