-- Deleted queues that their broker may still have: noted with the deletion, removed once the broker has dropped them. Whoever
-- drops one claims it first, so that nobody defines the name anew meanwhile, and the queue that is dropped is the new one.
CREATE TABLE left_queue (
  id int PRIMARY KEY,
  provider text NOT NULL,
  name text NOT NULL,
  claimed_until timestamptz NOT NULL
);
CREATE INDEX left_queue_name ON left_queue (provider, name);
