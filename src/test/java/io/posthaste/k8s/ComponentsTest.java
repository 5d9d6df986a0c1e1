package io.posthaste.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubernetes.client.openapi.models.V1EnvVar;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServicePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each component turns its provider on, in either overlay, and changes nothing else. */
class ComponentsTest {
  static final Path COMPONENTS = Overlay.ROOT.resolve("components");

  @TempDir private Path temporary;

  @ParameterizedTest
  @CsvSource({
    "evaluation, rabbitmq, POSTHASTE_RABBITMQ_URL",
    "production, rabbitmq, POSTHASTE_RABBITMQ_URL",
    "evaluation, redis, POSTHASTE_REDIS_URL",
    "production, redis, POSTHASTE_REDIS_URL",
  })
  void takes_the_url_from_a_documented_secret(String name, String component, String variable) {
    Overlay overlay = overlay(name, component);
    var secret = overlay.variable(variable).getValueFrom().getSecretKeyRef();

    assertThat(secret.getName()).isEqualTo("posthaste-" + component);
    assertThat(secret.getKey()).isEqualTo("url");
    assertThat(secret.getOptional()).isNull();
    assertThat(Guide.read().secrets().get(secret.getName())).contains(secret.getKey());
    assertThat(overlay.container().getEnv())
        .extracting(V1EnvVar::getName)
        .containsAll(names(Overlay.of(name)))
        .hasSize(names(Overlay.of(name)).size() + 1);
  }

  @ParameterizedTest
  @CsvSource({
    "evaluation, rabbitmq, TCP 5671|TCP 5672",
    "production, rabbitmq, TCP 5671|TCP 5672",
    "evaluation, redis, TCP 6379",
    "production, redis, TCP 6379",
  })
  void lets_out_to_its_broker_too(String name, String component, String added) {
    Set<String> ports = egress(Overlay.of(name));
    ports.addAll(List.of(added.split("\\|")));

    assertThat(egress(overlay(name, component))).isEqualTo(ports);
  }

  @ParameterizedTest
  @ValueSource(strings = {"rabbitmq", "redis"})
  void reaches_the_broker_that_comes_along(String component) {
    V1Service service = Broker.of(component).service(component);

    assertThat(egress(overlay("production", component)))
        .containsAll(service.getSpec().getPorts().stream().map(ComponentsTest::described).toList());
  }

  @Test
  void several_go_together() {
    Overlay overlay = overlay("production", "rabbitmq", "redis");

    assertThat(names(overlay))
        .containsExactly("POSTHASTE_DATABASE_URL", "POSTHASTE_RABBITMQ_URL", "POSTHASTE_REDIS_URL");
    assertThat(egress(overlay))
        .containsExactlyInAnyOrder(
            "UDP 53", "TCP 53", "TCP 5432", "TCP 5671", "TCP 5672", "TCP 6379");
  }

  @Test
  void certificates_of_rabbitmq_are_mounted_where_the_guide_says() {
    Overlay overlay = overlay("production", "rabbitmq");
    var volume =
        overlay.pod().getVolumes().stream()
            .filter(it -> it.getSecret() != null)
            .findFirst()
            .orElseThrow();
    var mount =
        overlay.container().getVolumeMounts().stream()
            .filter(it -> it.getName().equals(volume.getName()))
            .findFirst()
            .orElseThrow();
    String file = volume.getSecret().getItems().getFirst().getPath();

    assertThat(mount.getReadOnly()).isTrue();
    assertThat(volume.getSecret().getSecretName()).isEqualTo("posthaste-rabbitmq");
    assertThat(Guide.read().says("?cacertfile=" + mount.getMountPath() + "/" + file)).isTrue();
    assertThat(Guide.read().secrets().get("posthaste-rabbitmq"))
        .contains(volume.getSecret().getItems().getFirst().getKey());
  }

  @ParameterizedTest
  @ValueSource(strings = {"evaluation", "production"})
  void leaves_the_pod_as_strict_as_it_was(String name) {
    Overlay before = Overlay.of(name);
    Overlay after = overlay(name, "rabbitmq", "redis");

    assertThat(after.pod().getSecurityContext()).isEqualTo(before.pod().getSecurityContext());
    assertThat(after.container().getSecurityContext())
        .isEqualTo(before.container().getSecurityContext());
    assertThat(after.objects().objects()).hasSameSizeAs(before.objects().objects());
  }

  /** The files of k8s that an overlay with components is made from. */
  static List<Path> filesOf(Path temporary, String overlay, List<String> components) {
    Path working = Path.of("").toAbsolutePath();
    return Kustomization.render(folder(temporary, overlay, components)).files().stream()
        .filter(it -> !it.startsWith(temporary))
        .map(working::relativize)
        .toList();
  }

  private Overlay overlay(String name, String... components) {
    return Overlay.in(folder(temporary, name, List.of(components)));
  }

  /** An overlay of a user's own, as the guide says to write it. */
  private static Path folder(Path temporary, String overlay, List<String> components) {
    Path k8s = temporary.relativize(Overlay.ROOT.toAbsolutePath());
    String yaml =
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - %s\ncomponents:\n%s"
            .formatted(
                k8s.resolve("overlays").resolve(overlay),
                components.stream()
                    .map(it -> "  - " + k8s.resolve("components").resolve(it) + "\n")
                    .collect(Collectors.joining()));
    try {
      Files.writeString(temporary.resolve("kustomization.yaml"), yaml);
      return temporary;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> names(Overlay overlay) {
    return overlay.container().getEnv().stream().map(V1EnvVar::getName).toList();
  }

  private static Set<String> egress(Overlay overlay) {
    return overlay.only(V1NetworkPolicy.class).getSpec().getEgress().stream()
        .flatMap(it -> it.getPorts().stream())
        .map(Broker::described)
        .collect(Collectors.toSet());
  }

  private static String described(V1ServicePort port) {
    return port.getProtocol() + " " + port.getPort();
  }
}
