package io.posthaste.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Runs single statements past the service, each on a connection of its own. */
public final class SqlSession {

  private final DatabaseUrl url;

  private SqlSession(String url) {
    this.url = DatabaseUrl.parse(url);
  }

  /** On the database with this address. */
  public static SqlSession at(String url) {
    return new SqlSession(url);
  }

  /** On the embedded server whose data lie in this folder. */
  public static SqlSession of(Path dataFolder) {
    try {
      String password = Files.readString(dataFolder.resolve("password"));
      String port = Files.readString(dataFolder.resolve("port"));
      return at("postgresql://posthaste:" + password + "@127.0.0.1:" + port + "/postgres");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void run(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The first column of the only row, as text. */
  public String query(String sql) {
    try (Connection connection = connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(url.jdbcUrl(), url.user(), url.password());
  }
}
