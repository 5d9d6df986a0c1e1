package io.posthaste.store;

import io.posthaste.message.Content;
import io.posthaste.message.Message;
import io.posthaste.message.MessageId;
import io.posthaste.message.Payload;
import io.vertx.sqlclient.Row;
import java.time.OffsetDateTime;

/** Reads the columns of a message, as named in {@link #COLUMNS}, whatever else a row carries. */
public final class MessageRow {
  public static final String COLUMNS =
      """
      m.id, m.enqueued_at, m.payload, m.content_type, m.type, m.correlation_id, m.priority, \
      m.group_name, m.deduplication_id, m.headers\
      """;

  private MessageRow() {}

  /** Of a row that begins with {@link #COLUMNS}; by position, because this is the hot path. */
  public static Message read(Row row) {
    OffsetDateTime enqueuedAt = row.getOffsetDateTime(1);
    byte[] bytes = row.getBuffer(2).getBytes();
    String contentType = row.getString(3);
    Payload payload =
        contentType == null ? new Payload.Json(bytes) : new Payload.Binary(bytes, contentType);
    Content content =
        new Content(
            payload,
            row.getString(4),
            HeadersText.read(row.getString(9)),
            row.getString(5),
            row.getShort(6),
            row.getString(7),
            row.getString(8));
    return new Message(new MessageId(row.getUUID(0)), content, enqueuedAt.toInstant());
  }
}
