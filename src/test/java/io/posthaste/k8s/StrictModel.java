package io.posthaste.k8s;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PersistentVolumeClaim;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import java.util.Map;

/**
 * Reads an object into its class of the Kubernetes API model as strictly as the API server does,
 * and more: fields that the model does not have, required ones that are missing, and scalars of
 * another type ("3" for 3, 8080 for "8080") are refused at any depth. The model's own check finds
 * the first two; the third shows when what was read is written back and differs. So do quantities
 * in other than canonical form (1024Mi for 1Gi).
 */
final class StrictModel {
  private static final Map<String, Class<?>> KINDS =
      Map.of(
          "v1/ConfigMap", V1ConfigMap.class,
          "v1/PersistentVolumeClaim", V1PersistentVolumeClaim.class,
          "v1/Service", V1Service.class,
          "v1/ServiceAccount", V1ServiceAccount.class,
          "apps/v1/Deployment", V1Deployment.class,
          "apps/v1/StatefulSet", V1StatefulSet.class,
          "autoscaling/v2/HorizontalPodAutoscaler", V2HorizontalPodAutoscaler.class,
          "networking.k8s.io/v1/NetworkPolicy", V1NetworkPolicy.class,
          "policy/v1/PodDisruptionBudget", V1PodDisruptionBudget.class,
          "monitoring.coreos.com/v1/ServiceMonitor", ServiceMonitor.class);

  private StrictModel() {}

  static Object read(JsonObject object) {
    String kind = object.get("apiVersion").getAsString() + "/" + object.get("kind").getAsString();
    Class<?> model = KINDS.get(kind);
    if (model == null) {
      throw new AssertionError("no model for " + kind);
    }
    return read(object, model);
  }

  static <T> T read(JsonObject object, Class<T> model) {
    try {
      T value = JSON.getGson().fromJson(object, model);
      requireSame(object, JSON.getGson().toJsonTree(value));
      return value;
    } catch (JsonParseException | IllegalArgumentException e) {
      throw new AssertionError(e.getMessage() + "\nin: " + object, e);
    }
  }

  private static void requireSame(JsonElement written, JsonElement understood) {
    dropDefaults(written, understood);
    if (!written.equals(understood)) {
      throw new AssertionError("written: " + written + "\nunderstood: " + understood);
    }
  }

  /** The model fills absent collections in as empty ones. */
  private static void dropDefaults(JsonElement written, JsonElement understood) {
    if (written instanceof JsonObject from && understood instanceof JsonObject to) {
      to.entrySet().removeIf(it -> !from.has(it.getKey()) && isEmpty(it.getValue()));
      from.asMap().forEach((key, value) -> dropDefaults(value, to.get(key)));
    }
    if (written instanceof JsonArray from && understood instanceof JsonArray to) {
      for (int i = 0; i < Math.min(from.size(), to.size()); i++) {
        dropDefaults(from.get(i), to.get(i));
      }
    }
  }

  private static boolean isEmpty(JsonElement value) {
    return value instanceof JsonArray array && array.isEmpty()
        || value instanceof JsonObject object && object.isEmpty();
  }
}
