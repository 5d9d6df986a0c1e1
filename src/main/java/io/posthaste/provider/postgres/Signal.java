package io.posthaste.provider.postgres;

/**
 * Word that a message was put into {@code ready}.
 *
 * @param dueMicros its due time, microseconds since the epoch on the database's clock
 * @param delayMicros how far that lies ahead, zero or less when it is due already
 */
record Signal(int queue, int priority, long dueMicros, long delayMicros) {}
