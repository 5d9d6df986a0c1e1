package io.posthaste.database;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** The archive that PostgreSQL's programs come in, as published by zonky for one platform. */
final class ServerArchive {

  private final byte[] packed;

  private ServerArchive(byte[] packed) {
    this.packed = packed;
  }

  /** The archive's resource name, which exists only for platforms that zonky builds for. */
  static String nameFor(String system, String architecture) {
    String lower = system.toLowerCase(Locale.ROOT);
    String kernel = lower.startsWith("mac") ? "darwin" : lower;
    String processor =
        switch (architecture) {
          case "amd64", "x86_64" -> "x86_64";
          case "aarch64" -> "arm_64";
          default -> architecture;
        };
    return "postgres-" + kernel + "-" + processor + ".txz";
  }

  static ServerArchive read(InputStream stream) throws IOException {
    return new ServerArchive(stream.readAllBytes());
  }

  /**
   * Unpacks into a folder named by the archive's content, and removes what other archives left
   * beside it. A folder that exists is whole: it gets its name last.
   */
  Path unpackedIn(Path parent) throws IOException {
    Path home = parent.resolve(fingerprint());
    if (!Files.isDirectory(home)) {
      delete(parent);
      Path draft = Files.createDirectories(parent.resolve("unpacking"));
      unpackInto(draft);
      Files.move(draft, home, StandardCopyOption.ATOMIC_MOVE);
    }
    return home;
  }

  /**
   * Differs with the content. A digest would do as well, but takes a noticeable part of a start.
   */
  String fingerprint() {
    CRC32 sum = new CRC32();
    sum.update(packed);
    return "%08x-%d".formatted(sum.getValue(), packed.length);
  }

  private void unpackInto(Path folder) throws IOException {
    try (var tar = new TarArchiveInputStream(new XZInputStream(new ByteArrayInputStream(packed)))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path target = entry.resolveIn(folder);
        if (entry.isDirectory()) {
          Files.createDirectories(target);
        } else {
          Files.createDirectories(target.getParent());
          write(tar, entry, target);
        }
      }
    }
  }

  private static void write(TarArchiveInputStream tar, TarArchiveEntry entry, Path target)
      throws IOException {
    if (entry.isSymbolicLink()) {
      Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
      return;
    }
    Files.copy(tar, target);
    if ((entry.getMode() & 0100) != 0) {
      Files.setPosixFilePermissions(target, DataFolder.OWNER_ONLY_FOLDER);
    }
  }

  /** Removes a folder and all in it; one that does not exist is fine. */
  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> deepestFirst;
    try (Stream<Path> paths = Files.walk(folder)) {
      deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : deepestFirst) {
      Files.delete(path);
    }
  }
}
