package io.posthaste.rest;

import io.posthaste.message.InvalidField;
import io.posthaste.queue.OutcomeUnknown;
import io.posthaste.queue.ProviderDisabled;
import io.posthaste.queue.ProviderSetup;
import io.posthaste.queue.ProviderUnavailable;
import io.posthaste.queue.Providers;
import io.posthaste.rest.TopologyReader.Format;
import io.posthaste.topology.DefinitionRefused;
import io.posthaste.topology.Difference;
import io.posthaste.topology.Difference.Action;
import io.posthaste.topology.Topology;
import io.posthaste.topology.Topology.Progress;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;
import org.jboss.logging.Logger;

/**
 * The topology document of {@code POSTHASTE_TOPOLOGY_FILE}, applied at every start; a file that
 * cannot be read, or asks for what is turned off, ends the start.
 *
 * <p>The service is ready once it is applied: until then, and while something there stands against
 * it, it is tried again. A broker that is away holds up only what lies with it: the service is
 * ready without, and that part follows when the broker is back.
 */
@Readiness
@ApplicationScoped
class TopologyFile implements HealthCheck {
  private static final Logger LOG = Logger.getLogger(TopologyFile.class);

  /** Tells whoever would greet that the service is about to end. */
  private static final String REFUSED = "posthaste.start-refused";

  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final TopologyReader reader;
  private final Providers providers;
  private final Optional<Path> file;
  private volatile boolean ready;
  private volatile boolean stopped;
  private volatile String lastSaid = "";

  TopologyFile(
      TopologyReader reader,
      Providers providers,
      @ConfigProperty(name = "posthaste.topology-file") Optional<String> file) {
    this.reader = reader;
    this.providers = providers;
    this.file = file.map(String::strip).filter(it -> !it.isEmpty()).map(Path::of);
    this.ready = this.file.isEmpty();
  }

  void begin(@Observes StartupEvent event) {
    // Of the start before, after a reload in dev mode
    System.clearProperty(REFUSED);
    file.ifPresent(this::read);
  }

  private void read(Path path) {
    try {
      byte[] text = Files.readAllBytes(path);
      Format format = path.toString().endsWith(".json") ? Format.JSON : Format.YAML;
      apply(reader.read(text, format), FIRST_PAUSE);
    } catch (IOException _) {
      refuse("cannot read " + path.toAbsolutePath());
    } catch (InvalidField e) {
      refuse("'" + e.field() + "' " + e.getMessage());
    } catch (Problem e) {
      refuse(e.detail());
    }
  }

  // To throw would end the start at once, but under those who have begun already
  private static void refuse(String why) {
    LOG.errorf("POSTHASTE_TOPOLOGY_FILE: %s", why);
    System.setProperty(REFUSED, "true");
    Quarkus.asyncExit(1);
  }

  private void apply(Topology topology, Duration pause) {
    Uni.createFrom()
        .deferred(() -> topology.applyReachable(this::isBrokerAway))
        .subscribe()
        .with(progress -> applied(progress, pause), failure -> failed(topology, failure, pause));
  }

  private void failed(Topology topology, Throwable failure, Duration pause) {
    if (isOff(failure)) {
      refuse(why(failure));
    } else {
      say("Topology not applied yet: " + why(failure));
      applyLater(topology, pause);
    }
  }

  private void applied(Progress progress, Duration pause) {
    boolean first = !ready;
    ready = true;
    List<Difference> differences = progress.differences();
    if (first || !differences.isEmpty()) {
      LOG.infof(
          "Topology applied changes=%d unchanged=%d declared=%d waiting=%d",
          count(differences, Action.CREATE) + count(differences, Action.CHANGE),
          count(differences, Action.NONE),
          count(differences, Action.DECLARE),
          progress.waiting().size());
    }
    progress
        .why()
        .ifPresent(
            failure -> {
              say("Topology waits for a broker: " + why(failure));
              // What is applied is done with: somebody may change it over REST meanwhile
              applyLater(progress.waiting(), pause);
            });
  }

  private static long count(List<Difference> differences, Action action) {
    return differences.stream().filter(it -> it.action() == action).count();
  }

  private void applyLater(Topology topology, Duration pause) {
    Duration next = pause.multipliedBy(2);
    Uni.createFrom()
        .voidItem()
        .onItem()
        .delayIt()
        .by(pause)
        .subscribe()
        .with(
            _ -> {
              if (!stopped) {
                apply(topology, next.compareTo(LONGEST_PAUSE) < 0 ? next : LONGEST_PAUSE);
              }
            },
            failure -> LOG.error("Topology not applied", failure));
  }

  void end(@Observes ShutdownEvent event) {
    stopped = true;
  }

  /** A broker that other queues can do without. */
  private boolean isBrokerAway(Throwable failure) {
    return switch (failure) {
      case ProviderUnavailable unavailable -> !isEssential(unavailable.provider());
      case OutcomeUnknown unknown -> !isEssential(unknown.provider());
      default -> false;
    };
  }

  private boolean isEssential(String provider) {
    return providers.known().stream()
        .anyMatch(it -> it instanceof ProviderSetup.Essential && it.name().equals(provider));
  }

  /** Nothing but another setting helps. */
  private static boolean isOff(Throwable failure) {
    return failure instanceof DefinitionRefused refused
        && refused.why() instanceof ProviderDisabled;
  }

  private static String why(Throwable failure) {
    Problem problem = ProblemMapper.problem(failure);
    String field = problem.members().get("field");
    return field == null ? problem.detail() : "'" + field + "': " + problem.detail();
  }

  // A broker may be away for days, and the same sentence every ten seconds helps nobody
  private void say(String sentence) {
    if (!sentence.equals(lastSaid)) {
      LOG.warn(sentence);
      lastSaid = sentence;
    }
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("topology").status(ready).build();
  }
}
