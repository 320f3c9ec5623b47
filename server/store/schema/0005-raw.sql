-- The protobuf of each message, sealed; media, votes, edits, replies and forwards need it later. It has a table of its own, so that
-- reading a page of messages does not read it. `messages.raw` is NULL when nothing is kept.
CREATE TABLE message_raw (
  id INTEGER PRIMARY KEY,
  sealed BLOB NOT NULL
);
ALTER TABLE messages ADD COLUMN raw INTEGER;

-- It is deleted with its message, whatever deletes that, and when the message no longer names it.
CREATE TRIGGER raw_of_deleted AFTER DELETE ON messages WHEN OLD.raw IS NOT NULL
BEGIN
  DELETE FROM message_raw WHERE id = OLD.raw;
END;
CREATE TRIGGER raw_of_changed AFTER UPDATE OF raw ON messages WHEN OLD.raw IS NOT NULL AND OLD.raw IS NOT NEW.raw
BEGIN
  DELETE FROM message_raw WHERE id = OLD.raw;
END;

-- Changes that are encrypted with the secret of another message (`peer_id`, `wa_id`), kept sealed until that message arrives.
-- `carrier_id`, `from_me` and `sender` distinguish what several people send under one id. `tried` is 0 for kinds that no version
-- can open yet. The lowest `id` is the oldest.
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
