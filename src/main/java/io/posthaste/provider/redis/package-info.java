/**
 * Queues in Redis or Valkey: one stream a queue, read by one consumer group.
 *
 * <p>An entry of the stream is handed out once. While it is leased it is one of the group's pending
 * entries, and its receipt is a member of a sorted set by the lease's end, on the server's clock:
 * whoever removes that member has settled it. A message that comes back gets a new entry, so that a
 * receipt never fits twice. What is due later, or waits behind the first of its group, is held
 * beside the stream. The legal moves:
 *
 * <pre>
 *   send      add entry, or hold
 *   due       take what is held, add entry
 *   receive   read entry into the pending ones, add receipt
 *   ack       remove receipt, delete entry
 *   release,  remove receipt, delete entry, add another or hold
 *   reject    … or add to the dead
 *   expiry    delete entry, add to the dead
 *   drain     dead letters into PostgreSQL, then delete them here
 * </pre>
 *
 * <p>Each move is one script: nobody sees it half done, and a crash of the server keeps all of it
 * or nothing. Redis does not undo what a script wrote before it failed, so that scripts check first
 * and write last. A script touches the keys of one queue, which share a hash tag. Invariant: {@code
 * ids} says of every message where it is. Concurrent requests of a queue share scripts. What a
 * stored message survives is what the server's {@code appendfsync} gives.
 */
@NullMarked
package io.posthaste.provider.redis;

import org.jspecify.annotations.NullMarked;
