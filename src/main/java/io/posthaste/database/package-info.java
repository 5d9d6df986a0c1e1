/**
 * Where PostgreSQL is, and that its schema is current.
 *
 * <p>With no database configured, a real PostgreSQL runs out of the data folder. The folder belongs
 * to one Posthaste at a time:
 *
 * <pre>
 * data/
 *   lock           locked for the life of the service; holds its process id
 *   bin/           the unpacked PostgreSQL, one folder per version
 *   pg/            the cluster
 *   password       of the cluster's only role
 *   port           where the server listened last
 *   postgres.log   the server's log since the last start, postgres.log.1 of the start before
 * </pre>
 *
 * <p>Invariants: a commit is on disk before it is confirmed; only loopback connections with the
 * password are served; a process is signalled only after it has proved to be the server of this
 * very cluster.
 */
@NullMarked
package io.posthaste.database;

import org.jspecify.annotations.NullMarked;
