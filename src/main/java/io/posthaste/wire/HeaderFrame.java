package io.posthaste.wire;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.impl.AMQContentHeader;
import io.posthaste.message.Content;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * AMQP carries all properties of a message in one frame. What does not fit must not be published:
 * the client gives up the channel for it, and with it what others have under way there.
 */
public final class HeaderFrame {
  /** Why it is refused. */
  public static final String EXCEEDED =
      "its headers are larger than AMQP carries, 128 KiB by RabbitMQ's defaults; shorten them.";

  /** What a message of ours gains at most by retries and moves: numbers, and the mark of a move. */
  private static final int ROOM = 512;

  /** A letter may take three bytes, and the names of headers stand there twice. */
  private static final int LEAST_LETTERS = 8;

  private HeaderFrame() {}

  /**
   * Whether it is obvious that a message of ours with this content fits, before it is written.
   *
   * @param frameMax as negotiated with the broker, in bytes; 0 for no limit
   */
  public static boolean surelyHolds(int frameMax, Content content) {
    return isSmall(frameMax, content.headers());
  }

  /**
   * Whether the properties fit.
   *
   * @param frameMax as negotiated with the broker, in bytes; 0 for no limit
   */
  public static boolean holds(int frameMax, BasicProperties properties) {
    return holds(frameMax, properties, 0);
  }

  /** The same with room for what a message of ours gains on its way. */
  public static boolean holdsFromNowOn(int frameMax, BasicProperties properties) {
    return holds(frameMax, properties, ROOM);
  }

  private static boolean holds(int frameMax, BasicProperties properties, int room) {
    if (isSmall(frameMax, properties.getHeaders())) {
      return true;
    }
    try {
      AMQContentHeader header = (AMQContentHeader) properties;
      return header.toFrame(0, 0).size() + room <= frameMax;
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isSmall(int frameMax, @Nullable Map<String, ?> headers) {
    if (frameMax == 0 || headers == null) {
      return true;
    }
    long letters = 0;
    for (Map.Entry<String, ?> header : headers.entrySet()) {
      letters += header.getKey().length() + String.valueOf(header.getValue()).length() + 16L;
    }
    return letters < frameMax / LEAST_LETTERS;
  }
}
