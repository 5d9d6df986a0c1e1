package io.posthaste.provider.rabbitmq;

/** The channels of a {@link Publisher}, which bounds what is on them. */
interface Lanes extends AutoCloseable {
  /** Takes a message to be written; does not block. */
  void add(Publishing publishing);

  @Override
  void close();
}
