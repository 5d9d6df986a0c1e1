package io.posthaste.broker;

import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.impl.AMQConnection;
import com.rabbitmq.client.impl.Frame;
import com.rabbitmq.client.impl.FrameHandler;
import com.rabbitmq.client.impl.FrameHandlerFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Lets what is said to the broker in a row share writes to the socket, of which the client makes
 * one for each word: half of what a message costs here.
 *
 * <p>While anybody gathers, nobody's words leave but when the buffer is full; whoever ends
 * gathering sends all that is there. What is gathered must be without waits, therefore.
 */
public final class Gathering implements FrameHandler {
  private final FrameHandler to;
  private final AtomicInteger gatherers = new AtomicInteger();

  private Gathering(FrameHandler to) {
    this.to = to;
  }

  /** Makes connections whose writes can be gathered. */
  static ConnectionFactory connections() {
    return new ConnectionFactory() {
      @Override
      protected synchronized FrameHandlerFactory createFrameHandlerFactory() throws IOException {
        FrameHandlerFactory each = super.createFrameHandlerFactory();
        return (address, name) -> new Gathering(each.create(address, name));
      }
    };
  }

  /** Words to be gathered. */
  public interface Words {
    void say() throws IOException;
  }

  /** Says the words, which have left when this returns. */
  public static void of(Channel channel, Words words) throws IOException {
    if (channel.getConnection() instanceof AMQConnection connection
        && connection.getFrameHandler() instanceof Gathering gathering) {
      gathering.gather(words);
    } else {
      words.say();
    }
  }

  private void gather(Words words) throws IOException {
    gatherers.incrementAndGet();
    try {
      words.say();
    } finally {
      gatherers.decrementAndGet();
      // Also what others said meanwhile, and whatever somebody else may still be gathering
      to.flush();
    }
  }

  @Override
  public void flush() throws IOException {
    if (gatherers.get() == 0) {
      to.flush();
    }
  }

  @Override
  public void sendHeader() throws IOException {
    to.sendHeader();
  }

  @Override
  public void initialize(AMQConnection connection) {
    to.initialize(connection);
  }

  @Override
  public Frame readFrame() throws IOException {
    return to.readFrame();
  }

  @Override
  public void writeFrame(Frame frame) throws IOException {
    to.writeFrame(frame);
  }

  @Override
  public void close() {
    to.close();
  }

  @Override
  public void setTimeout(int millis) throws SocketException {
    to.setTimeout(millis);
  }

  @Override
  public int getTimeout() throws SocketException {
    return to.getTimeout();
  }

  @Override
  public InetAddress getAddress() {
    return to.getAddress();
  }

  @Override
  public int getPort() {
    return to.getPort();
  }

  @Override
  public InetAddress getLocalAddress() {
    return to.getLocalAddress();
  }

  @Override
  public int getLocalPort() {
    return to.getLocalPort();
  }
}
