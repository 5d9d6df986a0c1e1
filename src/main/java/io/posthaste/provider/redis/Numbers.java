package io.posthaste.provider.redis;

import io.vertx.redis.client.Response;

/** Reads the numbers in answers, whether the server tells them as such or as text. */
final class Numbers {
  private Numbers() {}

  static int whole(Response number) {
    return Integer.parseInt(number.toString());
  }

  static long large(Response number) {
    return Long.parseLong(number.toString());
  }
}
