package io.posthaste.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Spares tests the unpacking of PostgreSQL's programs, which takes seconds, over and over. */
public final class SharedPrograms {

  private static final Path FOLDER =
      Path.of("target/postgres-programs-" + System.getProperty("test.process", "1"));

  private SharedPrograms() {}

  /** A server that is not started yet, in a folder that holds nothing of its own but data. */
  public static EmbeddedServer in(Path dataFolder) {
    linkInto(dataFolder);
    return EmbeddedServer.in(dataFolder);
  }

  /** Lets a data folder have its programs from here, unless it has some. */
  public static void linkInto(Path dataFolder) {
    Path link = dataFolder.resolve("bin");
    if (Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (DataFolder folder = DataFolder.open(FOLDER)) {
      ServerPrograms.in(folder);
      Files.createDirectories(dataFolder);
      Files.createSymbolicLink(link, folder.file("bin"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
