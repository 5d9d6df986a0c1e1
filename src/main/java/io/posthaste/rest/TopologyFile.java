package io.posthaste.rest;

import io.posthaste.message.InvalidField;
import io.posthaste.queue.Queues;
import io.posthaste.topology.Difference;
import io.posthaste.topology.Topology;
import io.quarkus.runtime.Quarkus;
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
 * cannot be read ends the start.
 *
 * <p>The service is ready once it is applied: until then, and while a broker is down or something
 * there stands against it, it is tried again.
 */
@Readiness
@ApplicationScoped
class TopologyFile implements HealthCheck {
  private static final Logger LOG = Logger.getLogger(TopologyFile.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

  private final Queues queues;
  private final Optional<Path> file;
  private volatile boolean applied;

  TopologyFile(
      Queues queues, @ConfigProperty(name = "posthaste.topology-file") Optional<String> file) {
    this.queues = queues;
    this.file = file.map(String::strip).filter(it -> !it.isEmpty()).map(Path::of);
    this.applied = this.file.isEmpty();
  }

  void begin(@Observes StartupEvent event) {
    file.ifPresent(this::read);
  }

  private void read(Path path) {
    try {
      byte[] text = Files.readAllBytes(path);
      boolean json = path.toString().endsWith(".json");
      apply(TopologyResource.read(queues, json ? text : YamlText.toJson(text)));
    } catch (IOException _) {
      refuse("cannot read " + path.toAbsolutePath());
    } catch (InvalidField e) {
      refuse("'" + e.field() + "' " + e.getMessage());
    } catch (Problem e) {
      refuse(e.detail());
    }
  }

  private static void refuse(String why) {
    LOG.errorf("POSTHASTE_TOPOLOGY_FILE: %s", why);
    Quarkus.asyncExit(1);
  }

  private void apply(Topology topology) {
    Uni.createFrom()
        .deferred(topology::apply)
        .onFailure()
        .invoke(failure -> LOG.warnf("Topology not applied yet: %s", why(failure)))
        .onFailure()
        .retry()
        .withBackOff(FIRST_PAUSE, LONGEST_PAUSE)
        .indefinitely()
        .subscribe()
        .with(this::done, failure -> LOG.error("Topology not applied", failure));
  }

  private static String why(Throwable failure) {
    return ProblemMapper.problem(failure).detail();
  }

  private void done(List<Difference> differences) {
    applied = true;
    LOG.infof(
        "Topology applied changes=%d unchanged=%d",
        differences.stream().filter(Difference::isOne).count(),
        differences.stream().filter(it -> !it.isOne()).count());
  }

  @Override
  public HealthCheckResponse call() {
    return HealthCheckResponse.named("topology").status(applied).build();
  }
}
