package io.posthaste.k8s;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import org.junit.jupiter.api.Test;

/** What the API server would refuse, planted into our own manifests, is refused. */
class StrictModelTest {
  @Test
  void unknown_field_is_refused_at_depth() {
    JsonObject deployment = rendered("evaluation", "Deployment");
    JsonObject container = containerOf(deployment);
    container.add("redinessProbe", container.remove("readinessProbe"));

    assertThatThrownBy(() -> StrictModel.read(deployment))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("redinessProbe");
  }

  @Test
  void missing_required_field_is_refused() {
    JsonObject deployment = rendered("evaluation", "Deployment");
    containerOf(deployment).remove("name");

    assertThatThrownBy(() -> StrictModel.read(deployment)).hasMessageContaining("name");
  }

  @Test
  void number_for_a_string_is_refused() {
    JsonObject map = rendered("evaluation", "ConfigMap");
    map.getAsJsonObject("data").addProperty("POSTHASTE_HTTP_PORT", 8080);

    assertThatThrownBy(() -> StrictModel.read(map)).hasMessageContaining("understood");
  }

  @Test
  void string_for_a_number_is_refused() {
    JsonObject deployment = rendered("evaluation", "Deployment");
    deployment.getAsJsonObject("spec").addProperty("replicas", "1");

    assertThatThrownBy(() -> StrictModel.read(deployment)).hasMessageContaining("understood");
  }

  @Test
  void string_for_a_boolean_is_refused() {
    JsonObject account = rendered("evaluation", "ServiceAccount");
    account.addProperty("automountServiceAccountToken", "false");

    assertThatThrownBy(() -> StrictModel.read(account)).hasMessageContaining("understood");
  }

  @Test
  void unknown_field_of_the_service_monitor_is_refused() {
    JsonObject monitor = rendered("production", "ServiceMonitor");
    monitor.getAsJsonObject("spec").addProperty("endpoint", "http");

    assertThatThrownBy(() -> StrictModel.read(monitor)).hasMessageContaining("endpoint");
  }

  @Test
  void unknown_kustomize_field_is_refused() {
    JsonObject kustomization = new JsonObject();
    kustomization.addProperty("namePrefix", "my-");

    assertThatThrownBy(() -> StrictModel.read(kustomization, Kustomization.class))
        .hasMessageContaining("namePrefix");
  }

  private static JsonObject rendered(String overlay, String kind) {
    return Kustomization.render(Overlay.ROOT.resolve("overlays").resolve(overlay))
        .objects()
        .stream()
        .filter(it -> it.get("kind").getAsString().equals(kind))
        .findFirst()
        .orElseThrow();
  }

  private static JsonObject containerOf(JsonObject deployment) {
    return deployment
        .getAsJsonObject("spec")
        .getAsJsonObject("template")
        .getAsJsonObject("spec")
        .getAsJsonArray("containers")
        .get(0)
        .getAsJsonObject();
  }
}
