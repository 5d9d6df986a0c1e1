package io.posthaste.database;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.timeout.IdleStateHandler;
import io.vertx.core.Handler;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.impl.SocketConnectionBase;
import io.vertx.sqlclient.impl.SqlConnectionInternal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Listens in on one connection to PostgreSQL, to know whether a question is without its answer, and
 * can hang up without asking anybody.
 *
 * <p>The driver itself ends a connection politely only: behind everything that was asked on it, and
 * then when PostgreSQL has said good-bye as well. On a dead connection that is never. This is the
 * one class that reaches below its public face.
 *
 * <p>An answer is complete with the message ReadyForQuery (PostgreSQL manual, "Message Formats"),
 * whose six bytes are told from their like in a payload by being the last ones read. Known
 * weakness: where the driver asks twice in one breath, the first answer counts for both.
 */
final class Conversation extends ChannelDuplexHandler {
  /** What ends an answer: Z, the length 5, and then the state of the transaction. */
  private static final long READY = 0x5A_0000_0005L;

  private static final long SIX_BYTES = 0xFFFF_FFFF_FFFFL;

  private final Handler<Conversation> over;
  private volatile int process;
  private long tail;
  private volatile boolean waiting;
  private volatile long lastWord = System.nanoTime();
  private volatile @Nullable ChannelHandlerContext context;

  private Conversation(Handler<Conversation> over) {
    this.over = over;
  }

  /**
   * Begins to listen in, in place of the limit on silence that the handshake had.
   *
   * @param over is told when the connection has ended
   */
  static Conversation on(SqlConnection connection, Handler<Conversation> over) {
    Conversation conversation = new Conversation(over);
    channel(connection).pipeline().replace(IdleStateHandler.class, "conversation", conversation);
    return conversation;
  }

  static Channel channel(SqlConnection connection) {
    var socket =
        (SocketConnectionBase) ((SqlConnectionInternal) connection).unwrap().unwrap().unwrap();
    return socket.socket().channelHandlerContext().channel();
  }

  void process(int known) {
    process = known;
  }

  /** PostgreSQL's process for this connection; 0 while it is not known. */
  int process() {
    return process;
  }

  /** Whether an answer has been owed for as long as that. */
  boolean unansweredFor(Duration time) {
    return waiting && silentFor(time);
  }

  boolean silentFor(Duration time) {
    return System.nanoTime() - lastWord >= time.toNanos();
  }

  /** What tells one question from the next. */
  long lastWord() {
    return lastWord;
  }

  /** Closes the socket at once; what was asked fails with its outcome unknown. */
  void hangUp() {
    ChannelHandlerContext open = context;
    if (open != null) {
      open.close();
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  public void write(ChannelHandlerContext at, Object message, ChannelPromise promise) {
    waiting = true;
    lastWord = System.nanoTime();
    at.write(message, promise);
  }

  @Override
  public void channelRead(ChannelHandlerContext at, Object message) {
    if (message instanceof ByteBuf bytes) {
      for (int i = Math.max(bytes.readerIndex(), bytes.writerIndex() - 6);
          i < bytes.writerIndex();
          i++) {
        tail = (tail << 8 | bytes.getByte(i) & 0xFF) & SIX_BYTES;
      }
      lastWord = System.nanoTime();
      if (tail >> 8 == READY) {
        waiting = false;
      }
    }
    at.fireChannelRead(message);
  }

  @Override
  public void channelInactive(ChannelHandlerContext at) {
    over.handle(this);
    at.fireChannelInactive();
  }
}
