package io.posthaste.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kubernetes.client.openapi.models.V1ConfigMap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Renders what kustomize does, and refuses what kustomize would. */
class KustomizationTest {
  private static final String HEAD =
      "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";

  @TempDir private Path folder;

  /** The name is what kustomize 5.5 printed for this file. */
  @Test
  void generated_config_map_is_named_as_by_kustomize() throws IOException {
    Files.writeString(folder.resolve("app.conf"), "a < b && c > \"d\"\n");
    kustomization(HEAD + "configMapGenerator:\n  - name: app\n    files:\n      - app.conf\n");

    V1ConfigMap map = ClusterObjects.in(folder).only(V1ConfigMap.class);

    assertThat(map.getMetadata().getName()).isEqualTo("app-9tfd98bf77");
    assertThat(map.getData()).containsEntry("app.conf", "a < b && c > \"d\"\n");
  }

  @Test
  void folder_of_another_kind_is_refused() throws IOException {
    kustomization("apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n");

    assertThatThrownBy(() -> Kustomization.render(folder))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("is no Kustomization");
  }

  private void kustomization(String yaml) throws IOException {
    Files.writeString(folder.resolve("kustomization.yaml"), yaml);
  }
}
