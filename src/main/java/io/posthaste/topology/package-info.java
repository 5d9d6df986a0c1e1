/**
 * Everything that is defined, as one document: applied at start and over REST, as often as one
 * likes.
 *
 * <p>A {@link io.posthaste.topology.Definition} knows how what is there differs from what is
 * wanted, and how to make it so. Invariants: what cannot be made so is found before anything is
 * changed; applying twice changes nothing the second time; what the document does not name stays,
 * and nothing is ever deleted, no message either; a broker that is away holds up only what has to
 * be made there.
 */
@NullMarked
package io.posthaste.topology;

import org.jspecify.annotations.NullMarked;
