-- One id may stand in several queues: an AMQP exchange copies what is published to every queue that is bound to it.
ALTER TABLE outbox DROP CONSTRAINT outbox_pkey, ADD PRIMARY KEY (id, queue);

-- What was moved before this migration has no queue, and counts for none.
ALTER TABLE moved ADD queue int NOT NULL DEFAULT 0;
ALTER TABLE moved DROP CONSTRAINT moved_pkey, ADD PRIMARY KEY (message, queue);
