package io.posthaste.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubernetes.client.custom.IntOrString;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ContainerPort;
import io.kubernetes.client.openapi.models.V1DeploymentSpec;
import io.kubernetes.client.openapi.models.V1EnvVar;
import io.kubernetes.client.openapi.models.V1LabelSelector;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PersistentVolumeClaim;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1PodSecurityContext;
import io.kubernetes.client.openapi.models.V1Probe;
import io.kubernetes.client.openapi.models.V1SecurityContext;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V1TopologySpreadConstraint;
import io.kubernetes.client.openapi.models.V1VolumeMount;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code k8s/} renders to is what the Kubernetes API takes, and what Posthaste needs to keep
 * its promises.
 */
class ManifestsTest {
  private static final Path OVERLAYS = Overlay.ROOT.resolve("overlays");

  @Test
  void every_file_belongs_to_an_overlay_a_broker_or_a_component(@TempDir Path temporary)
      throws IOException {
    Set<Path> rendered = new HashSet<>();
    for (Path folder : Stream.concat(folders(OVERLAYS), folders(Broker.BROKERS)).toList()) {
      rendered.addAll(Kustomization.render(folder).files());
    }
    List<String> components =
        folders(ComponentsTest.COMPONENTS).map(it -> it.getFileName().toString()).toList();
    rendered.addAll(ComponentsTest.filesOf(temporary, "evaluation", components));

    assertThat(files(Overlay.ROOT, 9).filter(Files::isRegularFile))
        .containsExactlyInAnyOrderElementsOf(rendered);
  }

  @Test
  void overlays_are_evaluation_and_production() throws IOException {
    assertThat(folders(OVERLAYS))
        .extracting(it -> it.getFileName().toString())
        .containsExactlyInAnyOrder("evaluation", "production");
  }

  @Nested
  class EveryOverlay {
    @ParameterizedTest
    @ValueSource(strings = {"evaluation", "production"})
    void names_each_object_once(String name) {
      assertThat(Kustomization.render(OVERLAYS.resolve(name)).objects())
          .extracting(it -> it.get("kind") + "/" + it.getAsJsonObject("metadata").get("name"))
          .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @ValueSource(strings = {"evaluation", "production"})
    void selects_the_pods_it_makes(String name) {
      Overlay overlay = Overlay.of(name);
      V1DeploymentSpec deployment = overlay.deployment().getSpec();
      Map<String, String> pod = deployment.getTemplate().getMetadata().getLabels();

      assertThat(deployment.getSelector().getMatchLabels()).isNotEmpty();
      assertThat(selectors(overlay))
          .allSatisfy(it -> assertThat(pod).containsAllEntriesOf(it.getMatchLabels()));
      assertThat(pod).containsAllEntriesOf(overlay.only(V1Service.class).getSpec().getSelector());
    }

    @ParameterizedTest
    @ValueSource(strings = {"evaluation", "production"})
    void probes_the_health_paths_on_the_named_port(String name) {
      var container = Overlay.of(name).container();

      assertThat(container.getPorts()).extracting(V1ContainerPort::getName).containsExactly("http");
      assertProbe(container.getStartupProbe(), "/q/health/started");
      assertProbe(container.getReadinessProbe(), "/q/health/ready");
      assertProbe(container.getLivenessProbe(), "/q/health/live");
    }

    @ParameterizedTest
    @ValueSource(strings = {"evaluation", "production"})
    void gives_a_first_start_a_minute_and_more(String name) {
      V1Probe startup = Overlay.of(name).container().getStartupProbe();

      assertThat(startup.getPeriodSeconds() * startup.getFailureThreshold()).isGreaterThan(60);
    }

    @ParameterizedTest
    @ValueSource(strings = {"evaluation", "production"})
    void gives_a_graceful_stop_more_than_twenty_seconds(String name) {
      Overlay overlay = Overlay.of(name);
      var lifecycle = overlay.container().getLifecycle();
      long pause = lifecycle == null ? 0 : lifecycle.getPreStop().getSleep().getSeconds();

      assertThat(overlay.pod().getTerminationGracePeriodSeconds() - pause).isGreaterThan(20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"evaluation", "production"})
    void serves_everything_on_one_port(String name) {
      Overlay overlay = Overlay.of(name);
      int port = overlay.container().getPorts().getFirst().getContainerPort();
      var service = overlay.only(V1Service.class).getSpec().getPorts();
      var policy = overlay.only(V1NetworkPolicy.class).getSpec();

      assertThat(port).isEqualTo(8080);
      assertThat(overlay.only(V1ConfigMap.class).getData())
          .containsEntry("POSTHASTE_HTTP_PORT", String.valueOf(port))
          .containsEntry("POSTHASTE_HTTP_HOST", "0.0.0.0");
      assertThat(service)
          .singleElement()
          .satisfies(it -> assertThat(it.getName()).isEqualTo("http"));
      assertThat(service.getFirst().getTargetPort()).isEqualTo(new IntOrString("http"));
      assertThat(policy.getIngress())
          .flatExtracting(it -> it.getPorts())
          .extracting(it -> it.getPort())
          .containsExactly(new IntOrString(port));
    }

    @ParameterizedTest
    @ValueSource(strings = {"evaluation", "production"})
    void lets_out_to_dns_and_postgres_only(String name) {
      var policy = Overlay.of(name).only(V1NetworkPolicy.class).getSpec();

      assertThat(policy.getPolicyTypes()).containsExactlyInAnyOrder("Ingress", "Egress");
      assertThat(policy.getEgress())
          .flatExtracting(it -> it.getPorts())
          .extracting(it -> it.getProtocol() + " " + it.getPort().getIntValue())
          .containsExactlyInAnyOrder("UDP 53", "TCP 53", "TCP 5432");
    }

    @ParameterizedTest
    @ValueSource(strings = {"evaluation", "production"})
    void runs_without_privileges(String name) {
      Overlay overlay = Overlay.of(name);
      V1PodSecurityContext pod = overlay.pod().getSecurityContext();
      V1SecurityContext container = overlay.container().getSecurityContext();

      assertThat(pod.getRunAsNonRoot()).isTrue();
      assertThat(pod.getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
      assertThat(container.getReadOnlyRootFilesystem()).isTrue();
      assertThat(container.getAllowPrivilegeEscalation()).isFalse();
      assertThat(container.getCapabilities().getDrop()).containsExactly("ALL");
      assertThat(container.getCapabilities().getAdd()).isNullOrEmpty();
      assertThat(overlay.pod().getAutomountServiceAccountToken()).isFalse();
      assertThat(overlay.pod().getEnableServiceLinks()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"evaluation", "production"})
    void runs_as_the_images_user(String name) throws IOException {
      V1PodSecurityContext pod = Overlay.of(name).pod().getSecurityContext();
      String user = "USER " + pod.getRunAsUser() + ":" + pod.getRunAsGroup();

      for (String image : List.of("Dockerfile.jvm", "Dockerfile.native")) {
        assertThat(Files.readAllLines(Path.of("src/main/docker", image))).contains(user);
      }
    }

    @ParameterizedTest
    @ValueSource(strings = {"evaluation", "production"})
    void states_its_resources(String name) {
      var resources = Overlay.of(name).container().getResources();

      assertThat(resources.getRequests()).containsOnlyKeys("cpu", "memory");
      assertThat(resources.getLimits()).containsOnlyKeys("cpu", "memory");
      assertThat(resources.getRequests().get("memory"))
          .isEqualTo(resources.getLimits().get("memory"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"evaluation", "production"})
    void refers_to_what_is_there(String name) {
      Overlay overlay = Overlay.of(name);

      assertThat(overlay.pod().getServiceAccountName())
          .isEqualTo(overlay.only(V1ServiceAccount.class).getMetadata().getName());
      assertThat(overlay.container().getEnvFrom())
          .extracting(it -> it.getConfigMapRef().getName())
          .containsExactly(overlay.only(V1ConfigMap.class).getMetadata().getName());
      assertThat(overlay.pod().getVolumes())
          .extracting(it -> it.getName())
          .containsExactlyElementsOf(mounts(overlay).map(V1VolumeMount::getName).toList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"evaluation", "production"})
    void uses_known_variables_only(String name) throws IOException {
      assertThat(variables(Overlay.of(name)).filter(it -> it.startsWith("POSTHASTE_")))
          .isNotEmpty()
          .isSubsetOf(knownVariables());
    }

    private static void assertProbe(V1Probe probe, String path) {
      assertThat(probe.getHttpGet().getPath()).isEqualTo(path);
      assertThat(probe.getHttpGet().getPort()).isEqualTo(new IntOrString("http"));
      assertThat(probe.getTimeoutSeconds()).isLessThanOrEqualTo(probe.getPeriodSeconds());
    }

    private static List<V1LabelSelector> selectors(Overlay overlay) {
      var spread = overlay.pod().getTopologySpreadConstraints();
      return Stream.of(
              Stream.of(overlay.deployment().getSpec().getSelector()),
              overlay.all(V1NetworkPolicy.class).stream().map(it -> it.getSpec().getPodSelector()),
              overlay.all(V1PodDisruptionBudget.class).stream()
                  .map(it -> it.getSpec().getSelector()),
              spread == null
                  ? Stream.<V1LabelSelector>empty()
                  : spread.stream().map(V1TopologySpreadConstraint::getLabelSelector))
          .flatMap(it -> it)
          .toList();
    }

    private static Stream<String> variables(Overlay overlay) {
      return Stream.concat(
          overlay.only(V1ConfigMap.class).getData().keySet().stream(),
          overlay.container().getEnv().stream().map(V1EnvVar::getName));
    }

    /** Those of the documented configuration, and those that application.properties names. */
    private static Set<String> knownVariables() throws IOException {
      Set<String> known =
          new TreeSet<>(
              Set.of(
                  "POSTHASTE_HTTP_PORT",
                  "POSTHASTE_HTTP_HOST",
                  "POSTHASTE_DATA_DIR",
                  "POSTHASTE_DATABASE_URL",
                  "POSTHASTE_TOPOLOGY_FILE"));
      String properties = Files.readString(Path.of("src/main/resources/application.properties"));
      Pattern.compile("\\bposthaste[._][a-z0-9._-]+", Pattern.CASE_INSENSITIVE)
          .matcher(properties)
          .results()
          .map(it -> it.group().toUpperCase().replaceAll("[.-]", "_"))
          .forEach(known::add);
      return known;
    }
  }

  @Nested
  class Evaluation {
    private final Overlay overlay = Overlay.of("evaluation");

    @Test
    void is_one_replica_that_ends_before_the_next_starts() {
      V1DeploymentSpec deployment = overlay.deployment().getSpec();

      assertThat(deployment.getReplicas()).isEqualTo(1);
      assertThat(deployment.getStrategy().getType()).isEqualTo("Recreate");
      assertThat(deployment.getStrategy().getRollingUpdate()).isNull();
      assertThat(overlay.all(V2HorizontalPodAutoscaler.class)).isEmpty();
      assertThat(overlay.all(V1PodDisruptionBudget.class)).isEmpty();
    }

    @Test
    void keeps_the_embedded_database_on_its_claim() {
      var claim = overlay.only(V1PersistentVolumeClaim.class);

      assertThat(overlay.variable("POSTHASTE_DATA_DIR").getValue()).isEqualTo("/data");
      assertThat(writable(overlay)).containsOnlyKeys("/tmp", "/data");
      assertThat(writable(overlay).get("/data"))
          .isEqualTo("claim " + claim.getMetadata().getName());
      assertThat(variableNames()).doesNotContain("POSTHASTE_DATABASE_URL");
    }

    @Test
    void leaves_the_permissions_of_the_database_folder_alone() {
      V1PodSecurityContext pod = overlay.pod().getSecurityContext();

      assertThat(pod.getFsGroup()).isEqualTo(pod.getRunAsGroup());
      assertThat(pod.getFsGroupChangePolicy()).isEqualTo("OnRootMismatch");
    }

    private List<String> variableNames() {
      return overlay.container().getEnv().stream().map(V1EnvVar::getName).toList();
    }
  }

  @Nested
  class Production {
    private final Overlay overlay = Overlay.of("production");

    @Test
    void is_three_replicas_none_missing_during_an_upgrade() {
      V1DeploymentSpec deployment = overlay.deployment().getSpec();
      var rolling = deployment.getStrategy().getRollingUpdate();

      assertThat(deployment.getReplicas()).isEqualTo(3);
      assertThat(deployment.getStrategy().getType()).isEqualTo("RollingUpdate");
      assertThat(rolling.getMaxUnavailable()).isEqualTo(new IntOrString(0));
      assertThat(rolling.getMaxSurge().getIntValue()).isPositive();
    }

    @Test
    void takes_the_database_url_from_a_secret_that_is_not_committed() {
      V1EnvVar url = overlay.variable("POSTHASTE_DATABASE_URL");

      assertThat(url.getValue()).isNull();
      assertThat(url.getValueFrom().getSecretKeyRef().getName()).isEqualTo("posthaste-database");
      assertThat(url.getValueFrom().getSecretKeyRef().getKey()).isEqualTo("url");
      assertThat(url.getValueFrom().getSecretKeyRef().getOptional()).isNull();
      assertThat(Kustomization.render(OVERLAYS.resolve("production")).objects())
          .extracting(it -> it.get("kind").getAsString())
          .doesNotContain("Secret", "PersistentVolumeClaim");
    }

    @Test
    void writes_to_tmp_only() {
      assertThat(writable(overlay)).containsOnlyKeys("/tmp");
    }

    @Test
    void autoscaler_never_goes_below_the_replicas() {
      var autoscaler = overlay.only(V2HorizontalPodAutoscaler.class).getSpec();
      var target = autoscaler.getScaleTargetRef();
      var deployment = overlay.deployment();

      assertThat(autoscaler.getMinReplicas()).isEqualTo(deployment.getSpec().getReplicas());
      assertThat(autoscaler.getMaxReplicas()).isGreaterThan(autoscaler.getMinReplicas());
      assertThat(target.getApiVersion()).isEqualTo(deployment.getApiVersion());
      assertThat(target.getKind()).isEqualTo(deployment.getKind());
      assertThat(target.getName()).isEqualTo(deployment.getMetadata().getName());
    }

    @Test
    void disruptions_are_possible_and_leave_two_replicas() {
      var budget = overlay.only(V1PodDisruptionBudget.class).getSpec();
      int replicas = overlay.deployment().getSpec().getReplicas();

      assertThat(budget.getMinAvailable()).isNull();
      assertThat(budget.getMaxUnavailable().getIntValue()).isBetween(1, replicas - 2);
    }

    @Test
    void spreads_over_nodes_and_zones() {
      assertThat(overlay.pod().getTopologySpreadConstraints())
          .extracting(V1TopologySpreadConstraint::getTopologyKey)
          .containsExactly("kubernetes.io/hostname", "topology.kubernetes.io/zone");
    }

    @Test
    void metrics_are_scraped_from_the_services_port() {
      V1Service service = overlay.only(V1Service.class);
      ServiceMonitor monitor = overlay.only(ServiceMonitor.class);

      assertThat(service.getMetadata().getLabels())
          .containsAllEntriesOf(monitor.spec().selector().getMatchLabels());
      assertThat(monitor.spec().endpoints())
          .singleElement()
          .satisfies(it -> assertThat(it.path()).isEqualTo("/q/metrics"))
          .satisfies(
              it ->
                  assertThat(it.port())
                      .isEqualTo(service.getSpec().getPorts().getFirst().getName()))
          .satisfies(
              it -> assertThat(seconds(it.scrapeTimeout())).isLessThan(seconds(it.interval())));
    }

    private static int seconds(String duration) {
      assertThat(duration).matches("\\d+s");
      return Integer.parseInt(duration.substring(0, duration.length() - 1));
    }
  }

  private static Stream<V1VolumeMount> mounts(Overlay overlay) {
    return overlay.container().getVolumeMounts().stream();
  }

  /** What is mounted writable, by path, and from where. */
  private static Map<String, String> writable(Overlay overlay) {
    Map<String, String> volumes =
        overlay.pod().getVolumes().stream()
            .collect(
                Collectors.toMap(
                    it -> it.getName(),
                    it ->
                        it.getPersistentVolumeClaim() == null
                            ? "temporary " + (it.getEmptyDir() != null)
                            : "claim " + it.getPersistentVolumeClaim().getClaimName()));
    return mounts(overlay)
        .filter(it -> !Boolean.TRUE.equals(it.getReadOnly()))
        .collect(Collectors.toMap(V1VolumeMount::getMountPath, it -> volumes.get(it.getName())));
  }

  private static Stream<Path> folders(Path parent) throws IOException {
    return files(parent, 1).filter(it -> !it.equals(parent));
  }

  private static Stream<Path> files(Path folder, int depth) throws IOException {
    try (Stream<Path> files = Files.walk(folder, depth)) {
      return files.toList().stream();
    }
  }
}
