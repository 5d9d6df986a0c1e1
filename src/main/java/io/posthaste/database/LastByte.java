package io.posthaste.database;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.vertx.sqlclient.SqlConnection;
import org.jspecify.annotations.Nullable;

/**
 * Leaves a statement in the kernel's hands without PostgreSQL hearing of it yet, so that what is
 * written to another socket next follows at once. A write wakes its reader, which often takes the
 * processor from whoever wrote; a kill then has milliseconds between two writes, not microseconds.
 *
 * <p>All but the last byte goes out first. The last follows into the kernel, which keeps a small
 * segment back while an earlier one is not acknowledged (RFC 896); {@link #push} ends that. A
 * kernel sends what it keeps also when the process is killed. Where the first part is acknowledged
 * too soon, or the system is not Linux, nothing is lost but the time between.
 *
 * <p>Used on the connection's event loop alone, for one statement at a time.
 */
public final class LastByte extends ChannelOutboundHandlerAdapter {
  // Others do not send what they keep when told to, but when it is acknowledged
  private static final boolean LINUX = "Linux".equals(System.getProperty("os.name"));

  private final Channel channel;
  private boolean withholding;
  private @Nullable ChannelHandlerContext at;
  private @Nullable ByteBuf withheld;

  private LastByte(Channel channel) {
    this.channel = channel;
  }

  public static LastByte of(SqlConnection connection) {
    Channel channel = Conversation.channel(connection);
    LastByte lastByte = new LastByte(channel);
    channel.pipeline().addFirst(lastByte);
    lastByte.delaySmallSegments(LINUX);
    return lastByte;
  }

  /** What is written from now on goes out but for its last byte. */
  public void withhold() {
    withholding = LINUX;
  }

  /** Gives the last byte to the kernel. */
  public void release() {
    withholding = false;
    ByteBuf last = withheld;
    withheld = null;
    if (last != null && at != null) {
      at.writeAndFlush(last, at.voidPromise());
    }
  }

  /** Lets the kernel send it. */
  public void push() {
    if (LINUX) {
      delaySmallSegments(false);
      delaySmallSegments(true);
    }
  }

  private void delaySmallSegments(boolean delay) {
    if (channel.isOpen()) {
      channel.config().setOption(ChannelOption.TCP_NODELAY, !delay);
    }
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
    if (!withholding || !(message instanceof ByteBuf bytes) || bytes.readableBytes() < 2) {
      context.write(message, promise);
      return;
    }
    if (withheld != null) {
      context.write(withheld, context.voidPromise());
    }
    at = context;
    withheld = bytes;
    context.write(bytes.readRetainedSlice(bytes.readableBytes() - 1), promise);
  }
}
