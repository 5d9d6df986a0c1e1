package io.posthaste.k8s;

import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1ContainerPort;
import io.kubernetes.client.openapi.models.V1NetworkPolicyPort;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V1StatefulSetSpec;
import io.kubernetes.client.openapi.models.V1VolumeMount;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What one broker under {@code k8s/brokers} puts into the cluster, read strictly. */
record Broker(ClusterObjects objects) {
  static final Path BROKERS = Overlay.ROOT.resolve("brokers");

  static Broker of(String name) {
    return new Broker(ClusterObjects.in(BROKERS.resolve(name)));
  }

  V1StatefulSetSpec set() {
    return objects.only(V1StatefulSet.class).getSpec();
  }

  V1PodSpec pod() {
    return set().getTemplate().getSpec();
  }

  /** The one that serves. */
  V1Container container() {
    List<V1Container> containers = pod().getContainers();
    if (containers.size() != 1) {
      throw new AssertionError("wants one container, has " + containers.size());
    }
    return containers.getFirst();
  }

  /** The one that serves, and those that run before it. */
  List<V1Container> containers() {
    List<V1Container> before = pod().getInitContainers();
    return Stream.concat(
            before == null ? Stream.empty() : before.stream(), pod().getContainers().stream())
        .toList();
  }

  int port(String name) {
    return container().getPorts().stream()
        .filter(it -> it.getName().equals(name))
        .findFirst()
        .map(V1ContainerPort::getContainerPort)
        .orElseThrow(() -> new AssertionError("no port " + name));
  }

  V1Service service(String name) {
    return objects.all(V1Service.class).stream()
        .filter(it -> it.getMetadata().getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no service " + name));
  }

  V1VolumeMount mount(String volume) {
    return container().getVolumeMounts().stream()
        .filter(it -> it.getName().equals(volume))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no mount of " + volume));
  }

  /** A file of the generated ConfigMap. */
  String file(String name) {
    String content = objects.only(V1ConfigMap.class).getData().get(name);
    if (content == null) {
      throw new AssertionError("no file " + name);
    }
    return content;
  }

  long memoryLimit() {
    return container().getResources().getLimits().get("memory").getNumber().longValueExact();
  }

  long claimedStorage() {
    return set()
        .getVolumeClaimTemplates()
        .getFirst()
        .getSpec()
        .getResources()
        .getRequests()
        .get("storage")
        .getNumber()
        .longValueExact();
  }

  static String described(V1NetworkPolicyPort port) {
    return port.getProtocol() + " " + port.getPort().getIntValue();
  }
}
