package io.posthaste.rest;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * Lets a request that Netty cannot read, such as one with too long a line, go the way of all
 * others, so that its answer comes in its turn and in the shape of all failures. Vert.x would
 * answer it without a body; its hook for that is out of reach behind Quarkus.
 *
 * <p>In place of the request comes one for a path that {@link UnroutedRequests} answers.
 */
@ChannelHandler.Sharable
final class UnreadableRequests extends ChannelInboundHandlerAdapter {
  /** Followed by the status. Who asks for it without need is answered alike. */
  static final String PATH = "/unreadable/";

  private static final UnreadableRequests INSTANCE = new UnreadableRequests();
  private static final String DECODER = "httpDecoder";
  private static final String HTTP_2 = "handler";

  private UnreadableRequests() {}

  /** For the pipeline of a listening socket, which reads connections. */
  static ChannelHandler ofListener() {
    return new OfListener();
  }

  @Override
  public void channelRead(ChannelHandlerContext at, Object read) {
    if (read instanceof HttpRequest request && request.decoderResult().isFailure()) {
      at.fireChannelRead(inPlaceOf(request));
      at.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
      ReferenceCountUtil.release(request);
    } else {
      at.fireChannelRead(read);
    }
  }

  private static HttpRequest inPlaceOf(HttpRequest request) {
    HttpRequest other =
        new DefaultHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.GET, PATH + status(request.decoderResult().cause()));
    other.headers().set(HttpHeaderNames.HOST, "unknown");
    // Nothing of what follows can be read either
    other.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    return other;
  }

  private static int status(@Nullable Throwable cause) {
    return switch (cause) {
      case TooLongHttpLineException _ -> 414;
      case TooLongHttpHeaderException _ -> 431;
      case null, default -> 400;
    };
  }

  @ChannelHandler.Sharable
  private static final class OfListener extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext at, Object connection) {
      ((Channel) connection).pipeline().addFirst(new OfConnection());
      at.fireChannelRead(connection);
    }
  }

  /**
   * Waits for Vert.x to see from the first bytes which HTTP it is. It would decode the rest of what
   * has come in the same breath, so that this gives it one byte after the other until then.
   */
  private static final class OfConnection extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext at, Object read) {
      ByteBuf bytes = (ByteBuf) read;
      while (bytes.isReadable() && !at.isRemoved()) {
        if (at.pipeline().get(DECODER) != null) {
          at.pipeline().addAfter(DECODER, null, INSTANCE);
          at.pipeline().remove(this);
        } else if (at.pipeline().get(HTTP_2) != null) {
          at.pipeline().remove(this);
        } else {
          at.fireChannelRead(bytes.readRetainedSlice(1));
        }
      }
      at.fireChannelRead(bytes);
    }
  }
}
