-- What a schedule is; how far it has come lies apart, in a row that is narrow because it changes at every occurrence.
CREATE TABLE schedule (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  anchor timestamptz NOT NULL,      -- when its timetable was made or last changed
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  kind text NOT NULL,               -- at, every, cron, rrule
  expression text NOT NULL,
  zone text NOT NULL,
  starts text,
  ends text,
  most int,
  jitter_us bigint NOT NULL,
  exclude text[] NOT NULL,
  gap text NOT NULL,
  repeat text NOT NULL,
  missed text NOT NULL,             -- skip, last, all, max:5, within:PT1H
  overlap text NOT NULL,
  queue text NOT NULL,              -- by name: a schedule may wait for its queue to come back
  priority smallint NOT NULL,
  group_name text,
  type text,
  content_type text,
  correlation_id text,
  headers text,
  ttl_us bigint,
  payload bytea NOT NULL
);
ALTER TABLE schedule ALTER payload SET STORAGE EXTERNAL;
CREATE INDEX schedule_queue ON schedule (queue, name);
CREATE INDEX schedule_exclude ON schedule USING gin (exclude) WHERE exclude <> '{}';

CREATE TABLE plan (
  schedule int PRIMARY KEY,
  version bigint NOT NULL,          -- another after every change of the schedule
  size int NOT NULL,                -- of the payload
  paused_at timestamptz,
  settled timestamptz NOT NULL,     -- every planned time up to and including it is done with
  fired bigint NOT NULL,
  next_planned timestamptz,         -- absent: nothing is left
  next_due timestamptz,
  look_at timestamptz,              -- when somebody has to decide; absent: paused or finished
  missed_until timestamptz,
  previous uuid,                    -- the last occurrence's message
  waiting_planned timestamptz,      -- the occurrence that waits for that message to be settled
  waiting_number bigint,
  entries bigint NOT NULL,          -- of its history, so far
  failures int NOT NULL,
  problem text
) WITH (fillfactor = 80);
CREATE INDEX plan_look ON plan (look_at, schedule) WHERE look_at IS NOT NULL;

-- What became of occurrences.
CREATE TABLE occurrence (
  schedule int NOT NULL,
  number bigint NOT NULL,
  planned timestamptz NOT NULL,
  at timestamptz NOT NULL,
  outcome text NOT NULL,            -- fired, triggered, missed, skipped, failed
  message uuid,
  detail text,
  PRIMARY KEY (schedule, number)
);
CREATE INDEX occurrence_at ON occurrence (at);

CREATE TABLE calendar (
  name text PRIMARY KEY,
  dates date[] NOT NULL,
  changed_at timestamptz NOT NULL
);

-- Which replica does the upkeep, and for how long unless it says so again.
CREATE TABLE duty (
  name text PRIMARY KEY,
  holder uuid NOT NULL,
  until timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Seldom and at its usual pace: a vacuum of a million plans must not be felt by those that fire
ALTER TABLE plan SET (autovacuum_vacuum_scale_factor = 0.05);
