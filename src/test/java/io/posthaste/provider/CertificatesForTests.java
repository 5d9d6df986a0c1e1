package io.posthaste.provider;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * A private authority and a server's certificate that it has signed, for {@code localhost} alone,
 * as PEM files in a folder.
 */
public record CertificatesForTests(Path authority, Path certificate, Path key) {
  private static final String SECRET = "for-tests";

  /** Made by Java's own keytool; each has an authority of its own. */
  public static CertificatesForTests in(Path folder) {
    try {
      Files.createDirectories(folder);
      Path store = folder.resolve("store.p12");
      Files.deleteIfExists(store);
      make(store, "authority", "-dname", "CN=Authority for tests", "-ext", "bc:c");
      make(
          store,
          "server",
          "-dname",
          "CN=Server for tests",
          "-signer",
          "authority",
          "-ext",
          "san=dns:localhost");
      KeyStore keys = KeyStore.getInstance("PKCS12");
      try (InputStream in = Files.newInputStream(store)) {
        keys.load(in, SECRET.toCharArray());
      }
      return new CertificatesForTests(
          pem(folder, "ca.pem", "CERTIFICATE", keys.getCertificate("authority").getEncoded()),
          pem(folder, "cert.pem", "CERTIFICATE", keys.getCertificate("server").getEncoded()),
          pem(
              folder,
              "key.pem",
              "PRIVATE KEY",
              keys.getKey("server", SECRET.toCharArray()).getEncoded()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void make(Path store, String alias, String... further) throws IOException {
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-storepass",
                SECRET,
                "-keystore",
                store.toString()));
    line.addAll(List.of(further));
    Process keytool = new ProcessBuilder(line).redirectErrorStream(true).start();
    String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (keytool.onExit().join().exitValue() != 0) {
      throw new IllegalStateException(said);
    }
  }

  private static Path pem(Path folder, String name, String kind, byte[] bytes) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return Files.writeString(
        folder.resolve(name),
        "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n");
  }
}
