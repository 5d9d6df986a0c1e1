package io.posthaste.k8s;

import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1EnvVar;
import io.kubernetes.client.openapi.models.V1PodSpec;
import java.nio.file.Path;
import java.util.List;

/** What one overlay under {@code k8s/overlays} puts into the cluster, read strictly. */
record Overlay(ClusterObjects objects) {
  static final Path ROOT = Path.of("k8s");

  static Overlay of(String name) {
    return in(ROOT.resolve("overlays").resolve(name));
  }

  static Overlay in(Path folder) {
    return new Overlay(ClusterObjects.in(folder));
  }

  <T> List<T> all(Class<T> kind) {
    return objects.all(kind);
  }

  <T> T only(Class<T> kind) {
    return objects.only(kind);
  }

  V1Deployment deployment() {
    return only(V1Deployment.class);
  }

  V1PodSpec pod() {
    return deployment().getSpec().getTemplate().getSpec();
  }

  V1Container container() {
    List<V1Container> containers = pod().getContainers();
    if (containers.size() != 1) {
      throw new AssertionError("wants one container, has " + containers.size());
    }
    return containers.getFirst();
  }

  /** The container's own variable of that name. */
  V1EnvVar variable(String name) {
    return container().getEnv().stream()
        .filter(it -> it.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no variable " + name));
  }
}
