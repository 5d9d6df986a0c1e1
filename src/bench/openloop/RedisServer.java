import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;

/** Adds the message to a stream by XADD, {@code redis://host:port/stream}. */
final class RedisServer implements Server {
  private final InetSocketAddress address;
  private final byte[] request;

  RedisServer(URI target, byte[] payload) throws IOException {
    address = new InetSocketAddress(target.getHost(), target.getPort());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write("*5\r\n".getBytes(ISO_8859_1));
    for (String word : new String[] {"XADD", target.getPath().substring(1), "*", "payload"}) {
      bulk(out, word.getBytes(ISO_8859_1));
    }
    bulk(out, payload);
    request = out.toByteArray();
  }

  private static void bulk(ByteArrayOutputStream out, byte[] bytes) throws IOException {
    out.write(("$" + bytes.length + "\r\n").getBytes(ISO_8859_1));
    out.write(bytes);
    out.write("\r\n".getBytes(ISO_8859_1));
  }

  @Override
  public Line line() throws IOException {
    return new TcpLine(
        address,
        request,
        in -> {
          String answer = in.line();
          if (answer.startsWith("$")) in.skip(Integer.parseInt(answer.substring(1)) + 2);
          return answer.startsWith("$");
        });
  }
}
