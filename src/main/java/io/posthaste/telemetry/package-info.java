/** What operators see: metrics and health. An edge: it hears of the features, they not of it. */
@NullMarked
package io.posthaste.telemetry;

import org.jspecify.annotations.NullMarked;
