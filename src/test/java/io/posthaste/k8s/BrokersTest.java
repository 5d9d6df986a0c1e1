package io.posthaste.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1ContainerPort;
import io.kubernetes.client.openapi.models.V1LabelSelector;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V1Volume;
import io.kubernetes.client.openapi.models.V1VolumeMount;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What each broker under {@code k8s/brokers} must keep to, whichever it is. */
@ParameterizedClass
@ValueSource(strings = {"rabbitmq", "redis"})
class BrokersTest {
  private final String name;
  private final Broker broker;

  BrokersTest(String name) {
    this.name = name;
    this.broker = Broker.of(name);
  }

  @Test
  void names_each_object_once() {
    assertThat(Kustomization.render(Broker.BROKERS.resolve(name)).objects())
        .extracting(it -> it.get("kind") + "/" + it.getAsJsonObject("metadata").get("name"))
        .doesNotHaveDuplicates();
  }

  @Test
  void selects_the_pods_it_makes() {
    Map<String, String> pod = broker.set().getTemplate().getMetadata().getLabels();

    assertThat(selectors())
        .allSatisfy(it -> assertThat(it.getMatchLabels()).isNotEmpty())
        .allSatisfy(it -> assertThat(pod).containsAllEntriesOf(it.getMatchLabels()));
    assertThat(broker.objects().all(V1Service.class))
        .isNotEmpty()
        .allSatisfy(it -> assertThat(it.getSpec().getSelector()).isNotEmpty())
        .allSatisfy(it -> assertThat(pod).containsAllEntriesOf(it.getSpec().getSelector()));
  }

  @Test
  void service_ports_are_the_containers_by_name_and_number() {
    assertThat(broker.objects().all(V1Service.class))
        .flatExtracting(it -> it.getSpec().getPorts())
        .allSatisfy(
            it ->
                assertThat(broker.port(it.getTargetPort().getStrValue())).isEqualTo(it.getPort()));
    assertThat(broker.objects().all(V1Service.class))
        .extracting(it -> it.getMetadata().getName())
        .contains(name, broker.set().getServiceName());
  }

  @Test
  void lets_in_what_it_listens_on_and_says_whom() {
    V1NetworkPolicy policy = broker.objects().only(V1NetworkPolicy.class);

    assertThat(policy.getSpec().getPolicyTypes()).containsExactlyInAnyOrder("Ingress", "Egress");
    assertThat(policy.getSpec().getIngress())
        .flatExtracting(it -> it.getPorts())
        .extracting(Broker::described)
        .containsExactlyInAnyOrderElementsOf(
            broker.container().getPorts().stream().map(BrokersTest::described).toList());
    assertThat(policy.getSpec().getIngress())
        .allSatisfy(it -> assertThat(it.getFrom()).isNotEmpty());
  }

  @Test
  void lets_posthaste_in_by_the_label_that_it_has() {
    Map<String, String> posthaste =
        Overlay.of("production").deployment().getSpec().getTemplate().getMetadata().getLabels();
    var clients = broker.objects().only(V1NetworkPolicy.class).getSpec().getIngress().getFirst();

    assertThat(clients.getFrom())
        .extracting(it -> it.getPodSelector().getMatchLabels())
        .anySatisfy(it -> assertThat(posthaste).containsAllEntriesOf(it));
  }

  @Test
  void runs_without_privileges() {
    var pod = broker.pod().getSecurityContext();

    assertThat(pod.getRunAsNonRoot()).isTrue();
    assertThat(pod.getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
    assertThat(pod.getFsGroup()).isEqualTo(pod.getRunAsGroup()).isEqualTo(pod.getRunAsUser());
    assertThat(broker.containers())
        .extracting(it -> it.getSecurityContext())
        .allSatisfy(it -> assertThat(it.getReadOnlyRootFilesystem()).isTrue())
        .allSatisfy(it -> assertThat(it.getAllowPrivilegeEscalation()).isFalse())
        .allSatisfy(it -> assertThat(it.getCapabilities().getDrop()).containsExactly("ALL"))
        .allSatisfy(it -> assertThat(it.getCapabilities().getAdd()).isNullOrEmpty())
        .allSatisfy(it -> assertThat(it.getRunAsUser()).isNull());
    assertThat(broker.pod().getEnableServiceLinks()).isFalse();
  }

  @Test
  void has_no_way_to_the_kubernetes_api() {
    var account = broker.objects().only(V1ServiceAccount.class);

    assertThat(broker.pod().getServiceAccountName()).isEqualTo(account.getMetadata().getName());
    assertThat(account.getAutomountServiceAccountToken()).isFalse();
    assertThat(broker.pod().getAutomountServiceAccountToken()).isFalse();
  }

  @Test
  void states_its_resources() {
    assertThat(broker.containers())
        .extracting(it -> it.getResources())
        .allSatisfy(it -> assertThat(it.getRequests()).containsOnlyKeys("cpu", "memory"))
        .allSatisfy(it -> assertThat(it.getLimits()).containsOnlyKeys("cpu", "memory"))
        .allSatisfy(
            it ->
                assertThat(it.getRequests().get("memory")).isEqualTo(it.getLimits().get("memory")));
  }

  @Test
  void images_are_exact_and_the_same() {
    assertThat(broker.containers())
        .extracting(it -> it.getImage())
        .allSatisfy(
            it -> assertThat(it).matches("docker\\.io/[a-z/]+:\\d+\\.\\d+\\.\\d+(-[a-z]+)?"))
        .containsOnly(broker.container().getImage());
  }

  @Test
  void mounts_each_volume_and_has_each_that_it_mounts() {
    assertThat(mounts().map(V1VolumeMount::getName).collect(Collectors.toSet()))
        .isEqualTo(Stream.concat(volumes(), claims()).collect(Collectors.toSet()));
    for (var container : broker.containers()) {
      assertThat(container.getVolumeMounts())
          .extracting(V1VolumeMount::getMountPath)
          .doesNotHaveDuplicates();
    }
  }

  @Test
  void writes_to_its_claim_and_to_bounded_temporary_folders_only() {
    Map<String, V1Volume> volumes =
        broker.pod().getVolumes().stream().collect(Collectors.toMap(V1Volume::getName, it -> it));

    assertThat(mounts().filter(it -> !Boolean.TRUE.equals(it.getReadOnly())))
        .allSatisfy(
            it ->
                assertThat(
                        claims().anyMatch(it.getName()::equals)
                            || volumes.get(it.getName()).getEmptyDir().getSizeLimit() != null)
                    .isTrue());
    assertThat(claims()).containsExactly("data");
    assertThat(broker.container().getVolumeMounts())
        .anySatisfy(it -> assertThat(it.getName()).isEqualTo("data"));
  }

  @Test
  void keeps_its_claims() {
    var retention = broker.set().getPersistentVolumeClaimRetentionPolicy();

    assertThat(retention.getWhenDeleted()).isEqualTo("Retain");
    assertThat(retention.getWhenScaled()).isEqualTo("Retain");
    assertThat(broker.set().getVolumeClaimTemplates())
        .singleElement()
        .satisfies(
            it -> assertThat(it.getSpec().getAccessModes()).containsExactly("ReadWriteOnce"));
  }

  @Test
  void mounts_files_that_its_configuration_has() {
    var map = broker.objects().only(V1ConfigMap.class);
    Set<String> mounted =
        mounts()
            .filter(it -> it.getName().equals("config"))
            .map(V1VolumeMount::getSubPath)
            .collect(Collectors.toSet());

    assertThat(mounted).isEqualTo(map.getData().keySet());
    assertThat(broker.pod().getVolumes())
        .filteredOn(it -> it.getConfigMap() != null)
        .singleElement()
        .satisfies(
            it ->
                assertThat(it.getConfigMap().getName())
                    .isEqualTo(map.getMetadata().getName())
                    .matches(name + "-[a-z0-9]{10}"));
  }

  @Test
  void secrets_are_referred_to_and_not_committed() {
    assertThat(Kustomization.render(Broker.BROKERS.resolve(name)).objects())
        .extracting(it -> it.get("kind").getAsString())
        .doesNotContain("Secret");
    assertThat(broker.containers())
        .flatExtracting(it -> it.getEnv())
        .noneMatch(it -> it.getName().matches(".*(PASS|COOKIE|SECRET).*"));
    assertThat(secrets())
        .isNotEmpty()
        .allSatisfy(it -> assertThat(it.getSecret().getOptional()).isNull())
        .allSatisfy(it -> assertThat(it.getSecret().getDefaultMode()).isEqualTo(0440));
  }

  @Test
  void secrets_are_those_of_the_guide_with_the_keys_that_are_mounted() {
    Map<String, Set<String>> guide = Guide.read().secrets();

    for (V1Volume volume : secrets()) {
      assertThat(guide).containsKey(volume.getSecret().getSecretName());
      assertThat(guide.get(volume.getSecret().getSecretName()))
          .containsAll(
              mounts()
                  .filter(it -> it.getName().equals(volume.getName()))
                  .map(V1VolumeMount::getSubPath)
                  .filter(Objects::nonNull)
                  .toList());
    }
  }

  private List<V1Volume> secrets() {
    return broker.pod().getVolumes().stream().filter(it -> it.getSecret() != null).toList();
  }

  private List<V1LabelSelector> selectors() {
    var affinity = broker.pod().getAffinity();
    var spread = broker.pod().getTopologySpreadConstraints();
    return Stream.of(
            Stream.of(broker.set().getSelector()),
            broker.objects().all(V1NetworkPolicy.class).stream()
                .map(it -> it.getSpec().getPodSelector()),
            broker.objects().all(V1PodDisruptionBudget.class).stream()
                .map(it -> it.getSpec().getSelector()),
            affinity == null
                ? Stream.<V1LabelSelector>empty()
                : affinity
                    .getPodAntiAffinity()
                    .getRequiredDuringSchedulingIgnoredDuringExecution()
                    .stream()
                    .map(it -> it.getLabelSelector()),
            spread == null
                ? Stream.<V1LabelSelector>empty()
                : spread.stream().map(it -> it.getLabelSelector()))
        .flatMap(it -> it)
        .toList();
  }

  private Stream<V1VolumeMount> mounts() {
    return broker.containers().stream().flatMap(it -> it.getVolumeMounts().stream());
  }

  private Stream<String> volumes() {
    return broker.pod().getVolumes().stream().map(V1Volume::getName);
  }

  private Stream<String> claims() {
    return broker.set().getVolumeClaimTemplates().stream().map(it -> it.getMetadata().getName());
  }

  private static String described(V1ContainerPort port) {
    return port.getProtocol() + " " + port.getContainerPort();
  }
}
