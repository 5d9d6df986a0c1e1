package io.posthaste.queue;

import java.time.Duration;

/** Hears everything and says nothing. */
public final class SilentEvents implements QueueEvents {
  @Override
  public void sent(QueueName queue, int messages) {}

  @Override
  public void received(QueueName queue, int messages) {}

  @Override
  public void settled(QueueName queue, Settlement.Outcome outcome, int messages) {}

  @Override
  public void dead(QueueName queue, DeadLetterClass deadLetterClass, int messages) {}

  @Override
  public void dropped(QueueName queue, int messages) {}

  @Override
  public void merged(String operation, int requests, Duration took) {}

  @Override
  public void answered(String operation, Duration took) {}
}
