package io.posthaste.provider.postgres;

import io.posthaste.queue.Queue;
import io.posthaste.queue.Settlement;
import io.posthaste.queue.Settlement.Outcome;
import io.posthaste.store.Merger;
import io.smallrye.mutiny.Uni;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Sorts settlements by kind, has each kind merged with those of other callers, and joins results.
 */
final class Settles {
  private final Merger<SettleRequest, Map<PostgresReceipt, Outcome>> acks;
  private final Merger<SettleRequest, Map<PostgresReceipt, Outcome>> orderedAcks;
  private final Merger<SettleRequest, Map<PostgresReceipt, Outcome>> extensions;
  private final Merger<SettleRequest, Map<PostgresReceipt, Outcome>> returns;

  Settles(
      Merger<SettleRequest, Map<PostgresReceipt, Outcome>> acks,
      Merger<SettleRequest, Map<PostgresReceipt, Outcome>> orderedAcks,
      Merger<SettleRequest, Map<PostgresReceipt, Outcome>> extensions,
      Merger<SettleRequest, Map<PostgresReceipt, Outcome>> returns) {
    this.acks = acks;
    this.orderedAcks = orderedAcks;
    this.extensions = extensions;
    this.returns = returns;
  }

  Uni<List<Outcome>> settle(Queue queue, List<Settlement> settlements) {
    Outcome[] outcomes = new Outcome[settlements.size()];
    Arrays.fill(outcomes, Outcome.UNKNOWN);
    Map<Merger<SettleRequest, Map<PostgresReceipt, Outcome>>, Share> shares = new HashMap<>();
    Set<PostgresReceipt> returned = new HashSet<>();
    for (int i = 0; i < outcomes.length; i++) {
      Settlement settlement = settlements.get(i);
      Optional<PostgresReceipt> receipt = PostgresReceipt.decode(settlement.receipt());
      if (receipt.isPresent() && isReturn(settlement) && !returned.add(receipt.get())) {
        // An earlier word of this batch has ended the lease, unless it was lost before
        outcomes[i] = Outcome.LEASE_LOST;
      } else if (receipt.isPresent()) {
        shares
            .computeIfAbsent(merger(queue, settlement), _ -> new Share())
            .add(i, receipt.get(), settlement);
      }
    }
    List<Uni<Void>> all = new ArrayList<>(shares.size());
    shares.forEach((merger, share) -> all.add(settle(queue, merger, share, outcomes)));
    return switch (all.size()) {
      case 0 -> Uni.createFrom().item(List.of(outcomes));
      case 1 -> all.getFirst().map(_ -> List.of(outcomes));
      default -> Uni.join().all(all).andFailFast().map(_ -> List.of(outcomes));
    };
  }

  private static boolean isReturn(Settlement settlement) {
    return switch (settlement) {
      case Settlement.Release _, Settlement.Reject _ -> true;
      case Settlement.Ack _, Settlement.Extend _ -> false;
    };
  }

  private Merger<SettleRequest, Map<PostgresReceipt, Outcome>> merger(
      Queue queue, Settlement settlement) {
    return switch (settlement) {
      case Settlement.Ack _ -> queue.ordersByGroup() ? orderedAcks : acks;
      case Settlement.Extend _ -> extensions;
      case Settlement.Release _, Settlement.Reject _ -> returns;
    };
  }

  /** The settlements of one kind, and where in the answer their outcomes belong. */
  private static final class Share {
    final List<Integer> places = new ArrayList<>();
    final List<PostgresReceipt> receipts = new ArrayList<>();
    final List<Settlement> settlements = new ArrayList<>();

    void add(int place, PostgresReceipt receipt, Settlement settlement) {
      places.add(place);
      receipts.add(receipt);
      settlements.add(settlement);
    }
  }

  private static Uni<Void> settle(
      Queue queue,
      Merger<SettleRequest, Map<PostgresReceipt, Outcome>> merger,
      Share share,
      Outcome[] outcomes) {
    return merger
        .submit(new SettleRequest(queue, share.receipts, share.settlements))
        .flatMap(
            settled -> {
              Share missed = record(share, settled, outcomes, Function.identity());
              if (missed.places.isEmpty()) {
                return Uni.createFrom().voidItem();
              }
              // Their leases may have been extended apart from the others received with them
              List<PostgresReceipt> apart =
                  missed.receipts.stream().map(PostgresReceipt::apart).toList();
              return merger
                  .submit(new SettleRequest(queue, apart, missed.settlements))
                  .invoke(found -> record(missed, found, outcomes, PostgresReceipt::apart))
                  .replaceWithVoid();
            });
  }

  private static Share record(
      Share share,
      Map<PostgresReceipt, Outcome> settled,
      Outcome[] outcomes,
      Function<PostgresReceipt, PostgresReceipt> asked) {
    Share missed = new Share();
    for (int i = 0; i < share.places.size(); i++) {
      PostgresReceipt receipt = share.receipts.get(i);
      Outcome outcome = settled.get(asked.apply(receipt));
      outcomes[share.places.get(i)] = outcome == null ? Outcome.LEASE_LOST : outcome;
      if (outcome == null) {
        missed.add(share.places.get(i), receipt, share.settlements.get(i));
      }
    }
    return missed;
  }
}
