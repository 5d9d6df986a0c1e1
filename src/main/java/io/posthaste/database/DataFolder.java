package io.posthaste.database;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The data folder, held exclusively from {@link #open} until {@link #close}, or until the process
 * dies.
 *
 * <p>Known weakness: the lock is the operating system's, and holds on a network file system only as
 * far as that supports locks.
 */
final class DataFolder implements AutoCloseable {

  static final Set<PosixFilePermission> OWNER_ONLY_FOLDER =
      PosixFilePermissions.fromString("rwx------");
  static final Set<PosixFilePermission> OWNER_ONLY_FILE =
      PosixFilePermissions.fromString("rw-------");

  private final Path path;
  private final FileChannel lock;
  private final boolean ownedByRoot;

  private DataFolder(Path path, FileChannel lock, boolean ownedByRoot) {
    this.path = path;
    this.lock = lock;
    this.ownedByRoot = ownedByRoot;
  }

  /**
   * Creates the folder if it is missing, and takes it.
   *
   * @throws CannotStart if it is not a writable folder, or in use
   */
  static DataFolder open(Path relative) {
    Path path = relative.toAbsolutePath().normalize();
    boolean byRoot = create(path);
    try {
      FileChannel channel = FileChannel.open(path.resolve("lock"), READ, WRITE, CREATE);
      if (locked(channel) == null) {
        String holder = content(channel);
        channel.close();
        throw inUse(path, holder);
      }
      channel.truncate(0).write(ByteBuffer.wrap(ownPid().getBytes(StandardCharsets.US_ASCII)), 0);
      return new DataFolder(path, channel, byRoot);
    } catch (IOException e) {
      throw notWritable(path, e);
    }
  }

  private static boolean create(Path path) {
    if (Files.exists(path) && !Files.isDirectory(path)) {
      throw new CannotStart(
          "The data folder %s is not a folder: set POSTHASTE_DATA_DIR to another one."
              .formatted(path));
    }
    try {
      if (!Files.isDirectory(path)) {
        Files.createDirectories(path, PosixFilePermissions.asFileAttribute(OWNER_ONLY_FOLDER));
      }
      Path probe = Files.createTempFile(path, "probe", null);
      boolean byRoot = Files.getAttribute(probe, "unix:uid").equals(0);
      Files.delete(probe);
      return byRoot;
    } catch (IOException e) {
      throw notWritable(path, e);
    }
  }

  private static @Nullable FileLock locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException _) {
      return null; // held by this very process
    }
  }

  private static String content(FileChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(32);
    channel.read(buffer, 0);
    return new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII).strip();
  }

  private static String ownPid() {
    return Long.toString(ProcessHandle.current().pid());
  }

  private static CannotStart inUse(Path path, String pid) {
    return new CannotStart(
        "The data folder %s is in use by another Posthaste (pid %s). Stop it, or set POSTHASTE_DATA_DIR to another folder."
            .formatted(path, pid));
  }

  private static CannotStart notWritable(Path path, IOException cause) {
    return new CannotStart(
        "The data folder %s cannot be written (%s): give this user the right to, or set POSTHASTE_DATA_DIR to another folder."
            .formatted(path, Sentences.reason(cause)),
        cause);
  }

  Path path() {
    return path;
  }

  Path file(String name) {
    return path.resolve(name);
  }

  Path cluster() {
    return file("pg");
  }

  /** Whether this process writes as root, which PostgreSQL refuses to be. */
  boolean ownedByRoot() {
    return ownedByRoot;
  }

  /** Writes a file that only its owner can read, whole or not at all. */
  void writePrivately(String name, String content) throws IOException {
    Path draft = file(name + ".new");
    Files.deleteIfExists(draft);
    Files.createFile(draft, PosixFilePermissions.asFileAttribute(OWNER_ONLY_FILE));
    Files.writeString(draft, content);
    Files.move(
        draft,
        file(name),
        java.nio.file.StandardCopyOption.ATOMIC_MOVE,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (IOException _) {
      // The process is about to end, which frees the folder as well
    }
  }
}
