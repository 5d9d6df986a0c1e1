import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * db-scheduler on PostgreSQL, by lock-and-fetch as its documentation advises for many executions:
 * so many one-time executions that do nothing, due at once, of many that are stored.
 *
 * <p>{@code java -cp 'lib/*' DbScheduler.java JDBC-URL USER PASSWORD STORED DUE}
 */
public class DbScheduler {
  private static final int THREADS = 20;
  private static final String SCHEMA =
      """
      DROP TABLE IF EXISTS scheduled_tasks;
      CREATE TABLE scheduled_tasks (
        task_name text NOT NULL, task_instance text NOT NULL, task_data bytea,
        execution_time timestamptz NOT NULL, picked boolean NOT NULL, picked_by text,
        last_success timestamptz, last_failure timestamptz, consecutive_failures int,
        last_heartbeat timestamptz, version bigint NOT NULL, priority smallint,
        PRIMARY KEY (task_name, task_instance));
      CREATE INDEX execution_time_idx ON scheduled_tasks (execution_time);
      CREATE INDEX last_heartbeat_idx ON scheduled_tasks (last_heartbeat);
      CREATE INDEX priority_execution_time_idx
        ON scheduled_tasks (priority DESC, execution_time ASC);
      """;
  private static final String FILL =
      """
      INSERT INTO scheduled_tasks (task_name, task_instance, execution_time, picked, version)
      SELECT 'once', '%1$s-' || i, %2$s, false, 1 FROM generate_series(1, %3$s) i
      """;

  public static void main(String[] arguments) throws Exception {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(arguments[0]);
    config.setUsername(arguments[1]);
    config.setPassword(arguments[2]);
    config.setMaximumPoolSize(THREADS + 4);
    int due = Integer.parseInt(arguments[4]);
    try (HikariDataSource source = new HikariDataSource(config)) {
      fill(source, SCHEMA);
      String farOff = "now() + interval '300 days' + i * interval '1 second'";
      fill(source, FILL.formatted("far", farOff, arguments[3]));
      fill(source, "ANALYZE scheduled_tasks");
      // The first burst warms up
      double seconds = 0;
      for (int round = 0; round < 3; round++) {
        seconds = burst(source, "burst" + round, due);
      }
      System.out.printf(
          "RESULT {\"seconds\":%.3f,\"rate\":%.1f}%n", seconds, due / seconds);
    }
  }

  private static void fill(HikariDataSource source, String sql) throws Exception {
    try (Connection connection = source.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static double burst(HikariDataSource source, String name, int count) throws Exception {
    CountDownLatch left = new CountDownLatch(count);
    OneTimeTask<Void> once = Tasks.oneTime("once").execute((_, _) -> left.countDown());
    Instant at = Instant.now().plusSeconds(4);
    fill(source, FILL.formatted(name, "timestamptz '" + at + "'", count));
    Scheduler scheduler =
        Scheduler.create(source, once)
            .threads(THREADS)
            .pollUsingLockAndFetch(1.0, 4.0)
            .pollingInterval(Duration.ofMillis(100))
            .build();
    scheduler.start();
    while (Instant.now().isBefore(at)) {
      LockSupport.parkNanos(1_000_000);
    }
    if (!left.await(120, TimeUnit.SECONDS)) {
      throw new IllegalStateException(left.getCount() + " of " + count + " were not executed");
    }
    double seconds = Duration.between(at, Instant.now()).toNanos() / 1e9;
    scheduler.stop();
    return seconds;
  }
}
