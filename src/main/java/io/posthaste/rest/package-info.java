/**
 * The REST interface, version 1. An edge: it turns HTTP into calls of the features and their
 * outcomes into answers, and every failure into one shape, {@code application/problem+json}.
 *
 * <p>Requests are read strictly: what is not known is refused by name, nothing is coerced. A JSON
 * payload is cut out of the request as bytes and handed out the same way.
 */
@NullMarked
package io.posthaste.rest;

import org.jspecify.annotations.NullMarked;
