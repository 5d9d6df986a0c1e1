package io.posthaste.k8s;

import io.kubernetes.client.openapi.models.V1LabelSelector;
import io.kubernetes.client.openapi.models.V1ObjectMeta;
import java.util.List;

/**
 * The fields we use of the Prometheus operator's custom resource, as its API reference names them
 * (group monitoring.coreos.com/v1); the Kubernetes API model does not know it.
 */
record ServiceMonitor(String apiVersion, String kind, V1ObjectMeta metadata, Spec spec) {
  record Spec(V1LabelSelector selector, List<Endpoint> endpoints) {}

  record Endpoint(String port, String path, String interval, String scrapeTimeout) {}
}
