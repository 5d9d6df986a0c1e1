package io.posthaste.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1EnvVar;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.openapi.models.V1VolumeMount;
import org.junit.jupiter.api.Test;

/** The guide's ConfigMap of a topology document reaches the pod. What it says is run elsewhere. */
final class TopologyGuideTest {
  private static final Guide GUIDE = Guide.read();

  @Test
  void document_is_mounted_where_the_setting_looks_for_it() {
    V1ConfigMap map = (V1ConfigMap) StrictModel.read(GUIDE.manifest("topology"));
    JsonObject patch = GUIDE.manifest("topology-patch");
    V1PodSpec pod =
        StrictModel.read(
            patch.getAsJsonObject("spec").getAsJsonObject("template").getAsJsonObject("spec"),
            V1PodSpec.class);
    V1Container container = pod.getContainers().getFirst();
    V1EnvVar setting = container.getEnv().getFirst();
    V1VolumeMount mount = container.getVolumeMounts().getFirst();

    assertThat(patch.getAsJsonObject("metadata").get("name").getAsString()).isEqualTo("posthaste");
    assertThat(container.getName()).isEqualTo(Overlay.of("production").container().getName());
    assertThat(setting.getName()).isEqualTo("POSTHASTE_TOPOLOGY_FILE");
    assertThat(setting.getValue())
        .isEqualTo(mount.getMountPath() + "/" + map.getData().keySet().iterator().next());
    assertThat(pod.getVolumes().getFirst().getName()).isEqualTo(mount.getName());
    assertThat(pod.getVolumes().getFirst().getConfigMap().getName())
        .isEqualTo(map.getMetadata().getName());
  }
}
