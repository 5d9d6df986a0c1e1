package io.posthaste;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A network between a service and a port of this machine, which can lose everything that is said
 * without telling either side.
 */
public final class Wire implements AutoCloseable {
  private final int to;
  private final ServerSocket listening;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final AtomicLong carried = new AtomicLong();
  private volatile boolean cut;

  private static final class Link {
    private final Socket near;
    private volatile boolean cut;

    Link(Socket near) {
      this.near = near;
    }
  }

  private Wire(int to, ServerSocket listening) {
    this.to = to;
    this.listening = listening;
  }

  public static Wire to(int port) {
    try {
      Wire wire = new Wire(port, new ServerSocket(0, 100, InetAddress.getLoopbackAddress()));
      Thread.startVirtualThread(wire::accept);
      return wire;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return listening.getLocalPort();
  }

  /** How many bytes have arrived, on either side. */
  public long carried() {
    return carried.get();
  }

  /** From now on nothing arrives; connections that were open never hear of anything again. */
  public void cut() {
    cut = true;
    links.forEach(link -> link.cut = true);
  }

  /** Connections that are open never hear of anything again; new ones work. */
  public void forget() {
    cut();
    mend();
  }

  /** New connections work. */
  public void mend() {
    cut = false;
  }

  private void accept() {
    try {
      for (; ; ) {
        Socket near = listening.accept();
        Link link = new Link(near);
        link.cut = cut;
        links.add(link);
        Thread.startVirtualThread(() -> connect(link, near));
      }
    } catch (IOException _) {
      // Closed
    }
  }

  private void connect(Link link, Socket near) {
    try {
      Socket far = new Socket(InetAddress.getLoopbackAddress(), to);
      near.setTcpNoDelay(true);
      far.setTcpNoDelay(true);
      Thread.startVirtualThread(() -> carry(link, far, near));
      carry(link, near, far);
    } catch (IOException _) {
      close(near);
    }
  }

  private void carry(Link link, Socket from, Socket onto) {
    byte[] bytes = new byte[65536];
    try {
      for (int read = from.getInputStream().read(bytes);
          read >= 0;
          read = from.getInputStream().read(bytes)) {
        if (!link.cut) {
          onto.getOutputStream().write(bytes, 0, read);
          carried.addAndGet(read);
        }
      }
    } catch (IOException _) {
      // Either side has closed: so does the other
    }
    if (!link.cut) {
      close(from);
      close(onto);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It is gone either way
    }
  }

  /** All connections end, and whoever has one is told. */
  @Override
  public void close() {
    links.forEach(link -> close(link.near));
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
