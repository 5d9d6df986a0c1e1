import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;

/** A connection on which one request is answered before the next is written. */
final class TcpLine implements Server.Line {
  private final Socket socket = new Socket();
  private final byte[] request;
  private final Answer answer;
  private final InputStream in;

  /** Reads one answer to its end; whether it says that the message is stored. */
  interface Answer {
    boolean read(InputStream in) throws IOException;
  }

  TcpLine(InetSocketAddress address, byte[] request, Answer answer) throws IOException {
    this.request = request;
    this.answer = answer;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(10_000);
    socket.connect(address);
    in = new BufferedInputStream(socket.getInputStream());
  }

  @Override
  public boolean send() throws IOException {
    socket.getOutputStream().write(request);
    return answer.read(in);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder(64);
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) throw new EOFException();
      if (c != '\r') line.append((char) c);
    }
    return line.toString();
  }
}
