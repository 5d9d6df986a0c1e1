package io.posthaste.database;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;

/**
 * The port that the embedded server listens on: last time's if it is free, so that an operator's
 * notes stay true, else any.
 */
final class LoopbackPort {

  private LoopbackPort() {}

  /** A port that was free a moment ago. */
  static int choose(DataFolder folder) throws IOException {
    int last = remembered(folder);
    return isFree(last) ? last : anyFree();
  }

  static void remember(DataFolder folder, int port) throws IOException {
    folder.writePrivately("port", Integer.toString(port));
  }

  private static int remembered(DataFolder folder) {
    try {
      return Integer.parseInt(Files.readString(folder.file("port")).strip());
    } catch (IOException | NumberFormatException _) {
      return 0;
    }
  }

  private static boolean isFree(int port) {
    if (port < 1 || port > 65535) {
      return false;
    }
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(loopback(port));
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  private static int anyFree() throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(loopback(0));
      return socket.getLocalPort();
    }
  }

  private static InetSocketAddress loopback(int port) throws IOException {
    return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
  }
}
