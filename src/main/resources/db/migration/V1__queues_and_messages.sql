-- The words are those of docs/architecture.md. Times are the database's; spans are microseconds (_us).

CREATE TABLE queue (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  provider text NOT NULL,
  lease_us bigint NOT NULL,
  max_attempts int NOT NULL,
  retry_strategy text NOT NULL,
  retry_initial_us bigint,
  retry_max_us bigint,
  retry_multiplier double precision,
  retry_jitter double precision,
  retry_delays_us bigint[],
  retention_us bigint NOT NULL,
  on_expiry text NOT NULL,
  ordering text NOT NULL,
  deduplication_window_us bigint NOT NULL,
  max_message_size int NOT NULL,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL
);

-- Queues deleted a moment ago: a send that began before may still commit, and is cleared away then.
CREATE TABLE deleted_queue (
  id int PRIMARY KEY,
  deleted_at timestamptz NOT NULL
);

-- One row for the whole life of a message; written at send, deleted at ack, touched in between
-- only when an attempt failed. Receiving does not write here: see docs/decisions/0001.
CREATE TABLE message (
  id uuid PRIMARY KEY,
  queue int NOT NULL,
  priority smallint NOT NULL,
  attempt smallint NOT NULL DEFAULT 0,
  enqueued_at timestamptz NOT NULL,
  first_due timestamptz NOT NULL,  -- retention counts from here
  due timestamptz NOT NULL,        -- the same as in "ready" while the message is there
  expires timestamptz,
  position bigint,                 -- place within its group, in queues ordered by group
  group_name text,
  type text,
  content_type text,               -- absent: the payload is JSON
  correlation_id text,
  deduplication_id text,
  headers text,
  payload bytea NOT NULL
);
ALTER TABLE message ALTER payload SET STORAGE EXTERNAL;
CREATE SEQUENCE message_position;
CREATE INDEX message_group ON message (queue, group_name, position) WHERE position IS NOT NULL;

-- Who can be handed out: available and delayed messages, of a group only the first.
-- Receiving deletes from here; the row's absence is the claim.
CREATE TABLE ready (
  queue int NOT NULL,
  priority smallint NOT NULL,
  due timestamptz NOT NULL,
  id uuid NOT NULL,
  size int NOT NULL,
  expires timestamptz
);
CREATE INDEX ready_order ON ready (queue, priority DESC, due, id);
CREATE INDEX ready_expires ON ready (expires) WHERE expires IS NOT NULL;

-- One row for up to a hundred messages received together. What is no longer listed is settled.
CREATE TABLE lease (
  id uuid PRIMARY KEY,
  queue int NOT NULL,
  until timestamptz NOT NULL,
  messages uuid[] NOT NULL
);
CREATE INDEX lease_until ON lease (until);
CREATE INDEX lease_queue ON lease (queue);

-- The history of messages whose attempts failed.
CREATE TABLE failure (
  message uuid NOT NULL,
  attempt smallint NOT NULL,
  failed_at timestamptz NOT NULL,
  reason text NOT NULL
);
CREATE INDEX failure_message ON failure (message, attempt);

CREATE TABLE deduplication (
  queue int NOT NULL,
  key text NOT NULL,
  message uuid NOT NULL,
  fingerprint bytea NOT NULL,
  expires timestamptz NOT NULL,
  PRIMARY KEY (queue, key)
);
CREATE INDEX deduplication_expires ON deduplication (expires);

-- By the queue's name, not its id: a dead letter outlives its queue.
CREATE TABLE dead_letter (
  id uuid PRIMARY KEY,
  queue text NOT NULL,
  class text NOT NULL,
  reason text NOT NULL,
  attempts smallint NOT NULL,
  died_at timestamptz NOT NULL,
  enqueued_at timestamptz NOT NULL,
  priority smallint NOT NULL,
  group_name text,
  type text,
  content_type text,
  correlation_id text,
  deduplication_id text,
  headers text,
  payload bytea NOT NULL
);
ALTER TABLE dead_letter ALTER payload SET STORAGE EXTERNAL;
CREATE INDEX dead_letter_time ON dead_letter (died_at, id);
CREATE INDEX dead_letter_queue ON dead_letter (queue, died_at, id);

CREATE TABLE replay (
  id uuid PRIMARY KEY,
  filter_queue text,
  filter_class text,
  filter_reason text,
  filter_type text,
  filter_attempts int,
  filter_from timestamptz,
  filter_to timestamptz,
  filter_ids uuid[],
  target text,                    -- absent: back to where each came from
  rate double precision,          -- messages a second; absent: as fast as it goes
  patch text,                     -- JSON merge patch (RFC 7396)
  matched bigint NOT NULL,
  replayed bigint NOT NULL DEFAULT 0,
  skipped bigint NOT NULL DEFAULT 0,
  last_problem text,
  after_died_at timestamptz,      -- how far it has come
  after_id uuid,
  created_at timestamptz NOT NULL,
  finished_at timestamptz,
  next_step timestamptz NOT NULL
);
CREATE INDEX replay_open ON replay (next_step) WHERE finished_at IS NULL;

-- Rows live for milliseconds: vacuum by count, not by share of the table, and without pausing.
ALTER TABLE message SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
  autovacuum_vacuum_cost_delay = 0, autovacuum_vacuum_insert_threshold = -1);
ALTER TABLE ready SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
  autovacuum_vacuum_cost_delay = 0, autovacuum_vacuum_insert_threshold = -1);
ALTER TABLE lease SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_cost_delay = 0);
