-- What each message came as, sealed: what media, votes, edits, replies and forwards are made of later. In a table of its own, so
-- that a page reads past none of it. NULL in a message = nothing is kept of it.
CREATE TABLE message_raw (
  id INTEGER PRIMARY KEY,
  sealed BLOB NOT NULL
);
ALTER TABLE messages ADD COLUMN raw INTEGER;
