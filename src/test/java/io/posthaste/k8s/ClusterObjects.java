package io.posthaste.k8s;

import java.nio.file.Path;
import java.util.List;

/** What one folder under {@code k8s} puts into the cluster, read strictly. */
record ClusterObjects(List<Object> objects) {
  static ClusterObjects in(Path folder) {
    return new ClusterObjects(
        Kustomization.render(folder).objects().stream().map(StrictModel::read).toList());
  }

  <T> List<T> all(Class<T> kind) {
    return objects.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  <T> T only(Class<T> kind) {
    List<T> all = all(kind);
    if (all.size() != 1) {
      throw new AssertionError("wants one " + kind.getSimpleName() + ", has " + all.size());
    }
    return all.getFirst();
  }
}
