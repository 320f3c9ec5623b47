-- What each message came as, sealed: what media, votes, edits, replies and forwards are made of later. In a table of its own, so
-- that a page reads past none of it. NULL in a message = nothing is kept of it.
CREATE TABLE message_raw (
  id INTEGER PRIMARY KEY,
  sealed BLOB NOT NULL
);
ALTER TABLE messages ADD COLUMN raw INTEGER;

-- It goes with its message, whatever takes that away, and with its place in the message.
CREATE TRIGGER raw_of_deleted AFTER DELETE ON messages WHEN OLD.raw IS NOT NULL
BEGIN
  DELETE FROM message_raw WHERE id = OLD.raw;
END;
CREATE TRIGGER raw_of_changed AFTER UPDATE OF raw ON messages WHEN OLD.raw IS NOT NULL AND OLD.raw IS NOT NEW.raw
BEGIN
  DELETE FROM message_raw WHERE id = OLD.raw;
END;

-- What is sealed under the secret of another message, sealed once more, until that message is there: `peer_id` and `wa_id` say
-- which one. `carrier_id`, `from_me` and `sender` tell apart what several people send under one id. `tried` is 0 for what no
-- version opens yet. `id` says which is the oldest.
CREATE TABLE sealed_waiting (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id TEXT NOT NULL,
  peer_id INTEGER NOT NULL,
  wa_id TEXT NOT NULL,
  carrier_id TEXT NOT NULL,
  from_me INTEGER NOT NULL,
  sender INTEGER NOT NULL,
  tried INTEGER NOT NULL,
  fact BLOB NOT NULL,
  UNIQUE (peer_id, wa_id, carrier_id, from_me, sender)
);
CREATE INDEX sealed_waiting_by_session ON sealed_waiting (session_id, tried, id);
