-- The plain queue table that the SQL references run on, made anew before each run.
-- A thousand rows wait in it, so that a claim never comes back empty.
DROP TABLE IF EXISTS plain_queue;
CREATE TABLE plain_queue (
  id bigint GENERATED ALWAYS AS IDENTITY (CACHE 64) PRIMARY KEY,
  visible_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  attempts int NOT NULL DEFAULT 0,
  body text NOT NULL);
CREATE INDEX ON plain_queue (visible_at, id);
INSERT INTO plain_queue (body) SELECT :body FROM generate_series(1, 1000);
