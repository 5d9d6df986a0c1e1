/**
 * What every provider promises, as tests: one facet a file, gathered by {@link
 * io.posthaste.queue.QueueProviderContract}. Nothing here knows a broker; what a test needs of one
 * comes through {@link io.posthaste.queue.contract.ProviderUnderTest}.
 */
@NullMarked
package io.posthaste.queue.contract;

import org.jspecify.annotations.NullMarked;
