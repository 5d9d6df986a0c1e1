-- A deduplication id whose message was about to be published on another broker; until it is known to be there, a repeat
-- publishes it again under the same message id.
ALTER TABLE deduplication ADD COLUMN pending boolean NOT NULL DEFAULT false;
