import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * A connection on which one request is answered before the next is written. Written and read as plain blocking calls, one of each a
 * request: what the generator takes of a machine that it shares, the server lacks.
 */
final class TcpLine implements Server.Line {
  private final SocketChannel channel;
  private final ByteBuffer request;
  private final Answer answer;
  private final ByteBuffer in = ByteBuffer.allocateDirect(16 * 1024).limit(0);
  private final byte[] line = new byte[1024];

  /** Reads one answer to its end; whether it says that the message is stored. */
  interface Answer {
    boolean read(TcpLine in) throws IOException;
  }

  TcpLine(InetSocketAddress address, byte[] request, Answer answer) throws IOException {
    this.request = ByteBuffer.allocateDirect(request.length).put(request);
    this.answer = answer;
    channel = SocketChannel.open(address);
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
  }

  @Override
  public boolean send() throws IOException {
    request.flip();
    while (request.hasRemaining()) channel.write(request);
    return answer.read(this);
  }

  /** The next line, without its end. */
  String line() throws IOException {
    int length = 0;
    for (int c = read(); c != '\n'; c = read()) {
      if (length == line.length) throw new IOException("too long a line");
      line[length++] = (byte) c;
    }
    boolean carriageReturn = length > 0 && line[length - 1] == '\r';
    return new String(line, 0, carriageReturn ? length - 1 : length, ISO_8859_1);
  }

  void skip(int bytes) throws IOException {
    for (int i = 0; i < bytes; i++) read();
  }

  private int read() throws IOException {
    if (!in.hasRemaining()) {
      in.clear();
      if (channel.read(in) < 0) throw new EOFException();
      in.flip();
    }
    return in.get();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
