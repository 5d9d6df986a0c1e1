-- Until when the replica that received must have said that its answer is on its way; absent: it has.
-- A lease whose moment passes goes to nobody's use, and its messages are taken back.
ALTER TABLE lease ADD confirm_by timestamptz;

-- The word comes as an update of the row, which stays on its page if there is room.
ALTER TABLE lease SET (fillfactor = 50);
