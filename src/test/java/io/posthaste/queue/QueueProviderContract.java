package io.posthaste.queue;

import io.posthaste.queue.contract.CapabilitiesFacet;
import io.posthaste.queue.contract.DeduplicationFacet;
import io.posthaste.queue.contract.DelaysFacet;
import io.posthaste.queue.contract.ExpiryFacet;
import io.posthaste.queue.contract.FuzzFacet;
import io.posthaste.queue.contract.GroupsFacet;
import io.posthaste.queue.contract.InspectionFacet;
import io.posthaste.queue.contract.LongPollFacet;
import io.posthaste.queue.contract.PriorityFacet;
import io.posthaste.queue.contract.ProviderUnderTest;
import io.posthaste.queue.contract.ReceivingFacet;
import io.posthaste.queue.contract.RemovalFacet;
import io.posthaste.queue.contract.RetryingFacet;
import io.posthaste.queue.contract.SendingFacet;
import io.posthaste.queue.contract.SettlingFacet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.TestInstance;

/**
 * Pins every promise of {@link QueueProvider}. A provider's test extends this and says how to reach
 * its broker; what the provider cannot do is left out only where its capabilities say so, and that
 * it cannot is asserted then.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class QueueProviderContract {
  private final ProviderUnderTest provided;

  protected QueueProviderContract(ProviderUnderTest provided) {
    this.provided = provided;
  }

  @AfterAll
  void close() {
    provided.close();
  }

  @Nested
  final class Sending extends SendingFacet {
    Sending() {
      super(provided);
    }
  }

  @Nested
  final class Receiving extends ReceivingFacet {
    Receiving() {
      super(provided);
    }
  }

  @Nested
  final class Settling extends SettlingFacet {
    Settling() {
      super(provided);
    }
  }

  @Nested
  final class Retrying extends RetryingFacet {
    Retrying() {
      super(provided);
    }
  }

  @Nested
  final class Groups extends GroupsFacet {
    Groups() {
      super(provided);
    }
  }

  @Nested
  final class Priority extends PriorityFacet {
    Priority() {
      super(provided);
    }
  }

  @Nested
  final class Delays extends DelaysFacet {
    Delays() {
      super(provided);
    }
  }

  @Nested
  final class Deduplication extends DeduplicationFacet {
    Deduplication() {
      super(provided);
    }
  }

  @Nested
  final class Expiry extends ExpiryFacet {
    Expiry() {
      super(provided);
    }
  }

  @Nested
  final class LongPoll extends LongPollFacet {
    LongPoll() {
      super(provided);
    }
  }

  @Nested
  final class Inspection extends InspectionFacet {
    Inspection() {
      super(provided);
    }
  }

  @Nested
  final class Removal extends RemovalFacet {
    Removal() {
      super(provided);
    }
  }

  @Nested
  final class Capabilities extends CapabilitiesFacet {
    Capabilities() {
      super(provided);
    }
  }

  @Nested
  final class Fuzz extends FuzzFacet {
    Fuzz() {
      super(provided);
    }
  }
}
