-- Workers inside Posthaste that hand on what is in a queue. They go with their queue.
CREATE TABLE consumer (
  queue int NOT NULL REFERENCES queue ON DELETE CASCADE,
  name text NOT NULL,
  kind text NOT NULL,              -- amqp
  settings jsonb NOT NULL,         -- what the kind needs: {"exchange":"…","routingKey":"…"}
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (queue, name)
);
