package io.posthaste.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class FailureReportTest {
  private static final String CATEGORY = FailureReportTest.class.getName();

  private final Logger logger = Logger.getLogger(CATEGORY);
  private final Told told = new Told();
  private Instant now = Instant.EPOCH;
  private final FailureReport report =
      new FailureReport(org.jboss.logging.Logger.getLogger(CATEGORY), "leases", () -> now);

  @BeforeEach
  void listen() {
    logger.addHandler(told);
  }

  @AfterEach
  void leave() {
    logger.removeHandler(told);
  }

  @Test
  void failure_that_is_over_soon_is_not_told() {
    fail();
    pass(FailureReport.BLIP.minusMillis(1));
    fail();
    report.succeeded();
    pass(FailureReport.BLIP);
    fail();

    assertThat(told.levels).isEmpty();
  }

  @Test
  void lasting_failure_is_told_once_a_minute() {
    fail();
    pass(FailureReport.BLIP);
    fail();
    fail();
    pass(FailureReport.AGAIN.minusMillis(1));
    fail();
    pass(Duration.ofMillis(1));
    fail();

    assertThat(told.levels).containsExactly(Level.WARNING, Level.WARNING);
  }

  @Test
  void end_of_a_failure_that_was_told_is_told() {
    fail();
    pass(FailureReport.BLIP);
    fail();
    report.succeeded();
    report.succeeded();

    assertThat(told.levels).containsExactly(Level.WARNING, Level.INFO);
  }

  private void fail() {
    report.failed(new IllegalStateException("the store is away"));
  }

  private void pass(Duration time) {
    now = now.plus(time);
  }

  /** The levels of what was said, as java.util.logging knows them, above DEBUG. */
  private static final class Told extends Handler {
    final List<Level> levels = new ArrayList<>();

    @Override
    public void publish(LogRecord line) {
      if (line.getLevel().intValue() >= Level.INFO.intValue()) {
        levels.add(
            line.getLevel().intValue() >= Level.WARNING.intValue() ? Level.WARNING : Level.INFO);
      }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
