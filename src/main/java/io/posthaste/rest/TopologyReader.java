package io.posthaste.rest;

import io.posthaste.broker.Broker;
import io.posthaste.consumer.Consumers;
import io.posthaste.queue.Queues;
import io.posthaste.scheduling.Calendars;
import io.posthaste.scheduling.Scheduler;
import io.posthaste.topology.Topology;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** Reads topology documents; what they define goes where a PUT of each would go. */
@ApplicationScoped
class TopologyReader {
  private final Queues queues;
  private final Calendars calendars;
  private final Broker broker;
  private final Consumers consumers;
  private final Scheduler scheduler;
  private final boolean managed;

  TopologyReader(
      Queues queues,
      Calendars calendars,
      Broker broker,
      Consumers consumers,
      Scheduler scheduler,
      @ConfigProperty(name = "posthaste.management-enabled", defaultValue = "false")
          boolean managed) {
    this.queues = queues;
    this.calendars = calendars;
    this.broker = broker;
    this.consumers = consumers;
    this.scheduler = scheduler;
    this.managed = managed;
  }

  /**
   * Reads what the operator has laid down. Blocking, for a moment: whether a rule is one may take a
   * search through centuries.
   */
  Topology read(byte[] text, Format format) {
    return document(text, format).topology();
  }

  /** The same of anybody's, who manages the broker only where that is turned on. */
  Topology readForeign(byte[] text, Format format) {
    TopologyJson document = document(text, format);
    Topology topology = document.topology();
    if (document.managesBroker() && !managed) {
      throw BrokerResource.managementDisabled();
    }
    return topology;
  }

  private TopologyJson document(byte[] text, Format format) {
    TopologyJson document = new TopologyJson(this);
    StrictJson.readObject(
        switch (format) {
          case JSON -> text;
          case YAML -> YamlText.toJson(text);
        },
        document);
    return document;
  }

  /** How a document is written. */
  enum Format {
    JSON,
    YAML
  }

  Queues queues() {
    return queues;
  }

  Calendars calendars() {
    return calendars;
  }

  Broker broker() {
    return broker;
  }

  Consumers consumers() {
    return consumers;
  }

  Scheduler scheduler() {
    return scheduler;
  }
}
