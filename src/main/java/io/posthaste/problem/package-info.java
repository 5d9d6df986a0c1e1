/** The kinds of failure that callers are told of, by one name each, the same at every edge. */
@NullMarked
package io.posthaste.problem;

import org.jspecify.annotations.NullMarked;
