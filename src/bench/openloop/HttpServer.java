import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.Locale;

/** Posts the message as JSON; 201 is what counts as stored. */
final class HttpServer implements Server {
  private final InetSocketAddress address;
  private final byte[] request;

  HttpServer(URI target, byte[] payload) {
    address = new InetSocketAddress(target.getHost(), target.getPort());
    String open = "{\"payload\":";
    String head =
        "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(target.getPath(), target.getAuthority(), open.length() + payload.length + 1, open);
    request = Arrays.copyOf(head.getBytes(ISO_8859_1), head.length() + payload.length + 1);
    System.arraycopy(payload, 0, request, head.length(), payload.length);
    request[request.length - 1] = '}';
  }

  @Override
  public Line line() throws IOException {
    return new TcpLine(address, request, HttpServer::isCreated);
  }

  /** Reads one response to its end. */
  private static boolean isCreated(TcpLine in) throws IOException {
    String status = in.line().split(" ")[1];
    int length = -1;
    for (String header = in.line(); !header.isEmpty(); header = in.line()) {
      if (header.toLowerCase(Locale.ROOT).startsWith("content-length:")) {
        length = Integer.parseInt(header.substring(15).strip());
      }
    }
    if (length < 0) throw new IOException("response without Content-Length");
    in.skip(length);
    return status.equals("201");
  }
}
