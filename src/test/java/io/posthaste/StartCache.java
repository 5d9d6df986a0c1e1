package io.posthaste;

import io.posthaste.database.SharedPrograms;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The JVM's cache of what a start loads and links (JEP 514), made by one start of the service for
 * all that follow: it takes half off each.
 */
final class StartCache {
  private static final Path CACHE = Path.of("target/start.aot");
  private static final Path DRAFT = Path.of("target/start.aot.new");
  private static final Path LOCK = Path.of("target/start.aot.lock");
  private static final Path DATA = Path.of("target/start-data");
  private static final Duration MADE = Duration.ofMinutes(2);

  private StartCache() {}

  /** Options of the JVM that use the cache. Whoever comes first makes it; others do without. */
  static synchronized List<String> options(Path jar) {
    try {
      if (!fits(jar)) {
        make(jar);
      }
      return fits(jar) ? List.of("-XX:AOTCache=" + CACHE) : List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean fits(Path jar) throws IOException {
    return Files.exists(CACHE)
        && Files.getLastModifiedTime(CACHE).compareTo(Files.getLastModifiedTime(jar)) >= 0;
  }

  private static void make(Path jar) throws IOException {
    try (FileChannel channel =
            FileChannel.open(LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock()) {
      if (lock == null || fits(jar)) {
        return;
      }
      SharedPrograms.linkInto(DATA);
      ServiceProcess service =
          ServiceProcess.start(
              List.of("-XX:AOTCacheOutput=" + DRAFT),
              Map.of("POSTHASTE_DATA_DIR", DATA.toString()));
      service.awaitReady().terminate();
      service.exitCode(MADE);
      Files.move(DRAFT, CACHE, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
