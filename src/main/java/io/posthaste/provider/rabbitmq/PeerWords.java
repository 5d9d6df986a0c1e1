package io.posthaste.provider.rabbitmq;

import io.posthaste.message.Due;
import io.posthaste.message.Receipt;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What replicas tell each other, as bytes. The first one names the format, for later ones. */
final class PeerWords {
  private static final int FORMAT = 1;
  private static final int ACK = 1;
  private static final int EXTEND = 2;
  private static final int RELEASE = 3;
  private static final int REJECT = 4;

  private PeerWords() {}

  /** Settlements for one queue. */
  record Settlements(int queue, List<Settlement> settlements) {}

  /** Writes into bytes, which cannot fail. */
  private interface Writing {
    void to(DataOutputStream out) throws IOException;
  }

  /** Reads from bytes of the same format. */
  private interface Reading<T> {
    T from(DataInputStream in) throws IOException;
  }

  private static byte[] written(Writing writing) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      writing.to(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static <T> T read(byte[] bytes, Reading<T> reading) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      if (in.readByte() != FORMAT) {
        throw new IOException("a format of another version");
      }
      return reading.from(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] settlements(int queue, List<Settlement> settlements) {
    return written(
        out -> {
          out.writeInt(queue);
          out.writeInt(settlements.size());
          for (Settlement settlement : settlements) {
            write(out, settlement);
          }
        });
  }

  private static void write(DataOutputStream out, Settlement settlement) throws IOException {
    switch (settlement) {
      case Settlement.Ack _ -> out.writeByte(ACK);
      case Settlement.Extend(var _, var lease) -> {
        out.writeByte(EXTEND);
        writeDuration(out, lease);
      }
      case Settlement.Release(var _, var delay) -> {
        out.writeByte(RELEASE);
        writeDuration(out, delay.delay());
      }
      case Settlement.Reject(var _, var reason, var permanent) -> {
        out.writeByte(REJECT);
        out.writeBoolean(permanent);
        writeText(out, reason);
      }
    }
    writeText(out, settlement.receipt().token());
  }

  private static void writeDuration(DataOutputStream out, Duration span) throws IOException {
    out.writeLong(span.getSeconds());
    out.writeInt(span.getNano());
  }

  private static Duration readDuration(DataInputStream in) throws IOException {
    return Duration.ofSeconds(in.readLong(), in.readInt());
  }

  private static void writeText(DataOutputStream out, @Nullable String text) throws IOException {
    if (text == null) {
      out.writeInt(-1);
      return;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private static @Nullable String readText(DataInputStream in) throws IOException {
    int length = in.readInt();
    return length < 0 ? null : new String(in.readNBytes(length), StandardCharsets.UTF_8);
  }

  static Settlements readSettlements(byte[] bytes) {
    return read(
        bytes,
        in -> {
          int queue = in.readInt();
          int size = in.readInt();
          List<Settlement> settlements = new ArrayList<>();
          for (int i = 0; i < size; i++) {
            settlements.add(readSettlement(in));
          }
          return new Settlements(queue, settlements);
        });
  }

  private static Settlement readSettlement(DataInputStream in) throws IOException {
    int kind = in.readByte();
    return switch (kind) {
      case ACK -> new Settlement.Ack(readReceipt(in));
      case EXTEND -> {
        Duration lease = readDuration(in);
        yield new Settlement.Extend(readReceipt(in), lease);
      }
      case RELEASE -> {
        Duration delay = readDuration(in);
        yield new Settlement.Release(readReceipt(in), new Due.After(delay));
      }
      case REJECT -> {
        boolean permanent = in.readBoolean();
        String reason = readText(in);
        yield new Settlement.Reject(readReceipt(in), reason, permanent);
      }
      default -> throw new IOException("an unknown settlement");
    };
  }

  private static Receipt readReceipt(DataInputStream in) throws IOException {
    String token = readText(in);
    return new Receipt(token == null ? "" : token);
  }

  static byte[] outcomes(List<Outcome> outcomes) {
    return written(
        out -> {
          out.writeInt(outcomes.size());
          for (Outcome outcome : outcomes) {
            writeText(out, outcome.name());
          }
        });
  }

  static List<Outcome> readOutcomes(byte[] bytes) {
    return read(
        bytes,
        in -> {
          int size = in.readInt();
          List<Outcome> outcomes = new ArrayList<>(size);
          for (int i = 0; i < size; i++) {
            outcomes.add(Outcome.valueOf(String.valueOf(readText(in))));
          }
          return outcomes;
        });
  }

  static byte[] number(int number) {
    return written(out -> out.writeInt(number));
  }

  static int readNumber(byte[] bytes) {
    return read(bytes, DataInputStream::readInt);
  }
}
