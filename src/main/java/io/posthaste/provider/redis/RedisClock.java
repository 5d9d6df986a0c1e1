package io.posthaste.provider.redis;

/**
 * The moment that scripts take for now. Time is the server's, the same for all replicas; tests let
 * it leap.
 */
interface RedisClock {
  /** Microseconds by which to be ahead of the server's clock. */
  long ahead();

  RedisClock SERVER = () -> 0;
}
