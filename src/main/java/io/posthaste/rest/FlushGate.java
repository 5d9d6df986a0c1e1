package io.posthaste.rest;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what is written to a connection from the kernel for a moment. Used on the connection's
 * event loop alone, which does nothing else in that moment.
 */
final class FlushGate extends ChannelOutboundHandlerAdapter {
  private @Nullable ChannelHandlerContext context;
  private boolean closed;

  static FlushGate of(HttpConnection connection) {
    ChannelPipeline pipeline = ((ConnectionBase) connection).channel().pipeline();
    FlushGate gate = pipeline.get(FlushGate.class);
    if (gate == null) {
      gate = new FlushGate();
      pipeline.addFirst(gate);
    }
    return gate;
  }

  void close() {
    closed = true;
  }

  /** Hands all that has been written to the kernel. */
  void open() {
    closed = false;
    if (context != null) {
      context.flush();
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  @Override
  public void flush(ChannelHandlerContext at) {
    if (!closed) {
      at.flush();
    }
  }
}
