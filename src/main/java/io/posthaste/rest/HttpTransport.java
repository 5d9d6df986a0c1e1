package io.posthaste.rest;

import io.netty.bootstrap.ServerBootstrap;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.vertx.core.impl.transports.JDKTransport;
import io.vertx.core.net.NetServerOptions;

/** What Vert.x listens and connects with: as ever, but for {@link UnreadableRequests}. */
@RegisterForReflection
public final class HttpTransport extends JDKTransport {

  @Override
  public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
    super.configure(options, domainSocket, bootstrap);
    bootstrap.handler(UnreadableRequests.ofListener());
  }
}
