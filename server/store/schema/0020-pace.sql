-- When each bucket of a session is full again, in epoch milliseconds. `name` is the setting that fills it; no row = full.
CREATE TABLE buckets (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  full_at REAL NOT NULL,
  PRIMARY KEY (session_id, name)
) WITHOUT ROWID;

-- WhatsApp told the session to wait: until when, and for how long.
CREATE TABLE pauses (
  session_id TEXT NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
  until INTEGER NOT NULL,
  length_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- 0 = it waits for its tokens.
ALTER TABLE outgoing ADD COLUMN drawn INTEGER NOT NULL DEFAULT 1;
CREATE INDEX outgoing_waiting ON outgoing (session_id, id, jid) WHERE drawn = 0 AND ended_at IS NULL;

-- A rate that was changed begins anew.
CREATE TRIGGER buckets_of_new_rates AFTER UPDATE OF rate_per_min, rate_per_hour, new_chats_per_day ON sessions
BEGIN
  DELETE FROM buckets WHERE session_id = NEW.id AND (
    (name = 'ratePerMin' AND NEW.rate_per_min <> OLD.rate_per_min) OR
    (name = 'ratePerHour' AND NEW.rate_per_hour <> OLD.rate_per_hour) OR
    (name = 'newChatsPerDay' AND NEW.new_chats_per_day <> OLD.new_chats_per_day));
END;
