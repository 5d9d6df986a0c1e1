package io.posthaste.k8s;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The fields we use of the Compose Specification, as it names them; others are refused. */
record ComposeFile(String name, Map<String, Service> services, Map<String, Volume> volumes) {
  record Service(
      String image,
      Build build,
      String hostname,
      List<String> command,
      Map<String, String> environment,
      List<String> ports,
      List<String> volumes,
      List<String> tmpfs,
      Map<String, Dependency> depends_on,
      HealthCheck healthcheck,
      Boolean init,
      Boolean read_only,
      String stop_grace_period,
      String restart) {}

  record Build(String context, String dockerfile) {}

  record Dependency(String condition) {}

  record HealthCheck(
      List<String> test, String interval, String timeout, int retries, String start_period) {}

  record Volume() {}

  static ComposeFile read(Path file) {
    return StrictModel.read(Yaml.documents(file).getFirst().getAsJsonObject(), ComposeFile.class);
  }

  Service service(String service) {
    return services.get(service);
  }
}
