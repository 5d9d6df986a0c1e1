package io.posthaste.database;

import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;

/** Word between replicas, for tests that run without Quarkus. */
public final class NotificationsForTests {
  private NotificationsForTests() {}

  /** Listening from now on, until its pool is closed. */
  public static Notifications started(Vertx vertx, Pool pool) {
    Notifications notifications = new Notifications(vertx, pool);
    notifications.start();
    return notifications;
  }
}
