package io.posthaste.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubernetes.client.custom.IntOrString;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1EnvVar;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code k8s/components/redis} adds to either overlay. */
final class RedisComponentTest {
  private static final Path COMPONENT = Overlay.ROOT.resolve("components/redis");
  private static final Map<String, String> LABELS =
      Map.of("app.kubernetes.io/name", "posthaste-redis");

  private static Overlay with(String overlay) {
    Path folder = Overlay.ROOT.resolve("overlays").resolve(overlay);
    return new Overlay(
        Kustomization.renderWith(folder, COMPONENT).objects().stream()
            .map(StrictModel::read)
            .toList());
  }

  private static <T> T named(Overlay overlay, Class<T> kind, String name) {
    return overlay.all(kind).stream()
        .filter(it -> StrictModel.nameOf(it).equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static V1PodSpec pod(Overlay overlay) {
    return overlay.only(V1StatefulSet.class).getSpec().getTemplate().getSpec();
  }

  @ParameterizedTest
  @ValueSource(strings = {"evaluation", "production"})
  void server_loses_nothing_that_was_answered(String name) {
    Overlay overlay = with(name);
    String settings =
        named(overlay, V1ConfigMap.class, "posthaste-redis").getData().get("redis.conf");

    assertThat(settings.lines())
        .contains(
            "appendonly yes", "appendfsync always", "maxmemory-policy noeviction", "dir /data");
    V1StatefulSet server = overlay.only(V1StatefulSet.class);
    assertThat(server.getSpec().getReplicas()).isOne();
    assertThat(server.getSpec().getVolumeClaimTemplates())
        .singleElement()
        .satisfies(it -> assertThat(it.getMetadata().getName()).isEqualTo("data"));
    assertThat(pod(overlay).getContainers().getFirst().getVolumeMounts())
        .anySatisfy(
            it -> {
              assertThat(it.getName()).isEqualTo("data");
              assertThat(it.getMountPath()).isEqualTo("/data");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"evaluation", "production"})
  void server_runs_with_as_few_rights_as_the_service(String name) {
    Overlay overlay = with(name);
    V1Container container = pod(overlay).getContainers().getFirst();

    assertThat(pod(overlay).getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod(overlay).getAutomountServiceAccountToken()).isFalse();
    assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
    assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
    assertThat(container.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(container.getImage()).matches("[a-z0-9./-]+:\\d+\\.\\d+\\.\\d+");
  }

  @ParameterizedTest
  @ValueSource(strings = {"evaluation", "production"})
  void service_and_policies_meet_at_the_servers_pods(String name) {
    Overlay overlay = with(name);
    var server = overlay.only(V1StatefulSet.class).getSpec();

    assertThat(server.getSelector().getMatchLabels()).isEqualTo(LABELS);
    assertThat(server.getTemplate().getMetadata().getLabels()).isEqualTo(LABELS);
    assertThat(named(overlay, V1Service.class, "posthaste-redis").getSpec().getSelector())
        .isEqualTo(LABELS);
    var own = named(overlay, V1NetworkPolicy.class, "posthaste-redis").getSpec();
    assertThat(own.getPodSelector().getMatchLabels()).isEqualTo(LABELS);
    assertThat(own.getIngress())
        .singleElement()
        .satisfies(
            it ->
                assertThat(it.getPorts())
                    .singleElement()
                    .satisfies(
                        port -> assertThat(port.getPort()).isEqualTo(new IntOrString(6379))));
    assertThat(named(overlay, V1NetworkPolicy.class, "posthaste").getSpec().getEgress())
        .anySatisfy(
            it -> {
              assertThat(it.getPorts().getFirst().getPort()).isEqualTo(new IntOrString(6379));
              assertThat(it.getTo().getFirst().getPodSelector().getMatchLabels()).isEqualTo(LABELS);
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"evaluation", "production"})
  void secret_tells_both_sides_of_the_password(String name) {
    Overlay overlay = with(name);
    V1EnvVar url = overlay.variable("POSTHASTE_REDIS_URL");
    V1EnvVar password = pod(overlay).getContainers().getFirst().getEnv().getFirst();

    assertThat(url.getValueFrom().getSecretKeyRef().getName()).isEqualTo("posthaste-redis");
    assertThat(url.getValueFrom().getSecretKeyRef().getKey()).isEqualTo("url");
    assertThat(password.getName()).isEqualTo("REDISCLI_AUTH");
    assertThat(password.getValueFrom().getSecretKeyRef().getName()).isEqualTo("posthaste-redis");
  }
}
