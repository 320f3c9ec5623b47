-- Messages that were accepted and not acknowledged by WhatsApp, and for a while those that failed. `content`, sealed: what the
-- message is to contain. `times` says how often its first byte may have been written, `failure` why it ended.
CREATE TABLE outgoing (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  wa_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  jid TEXT NOT NULL,
  content BLOB,
  accepted_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  claimed_at INTEGER,
  times INTEGER NOT NULL DEFAULT 0,
  failure TEXT,
  words TEXT,
  ended_at INTEGER,
  UNIQUE (session_id, wa_id)
);
CREATE INDEX outgoing_by_message ON outgoing (message_id);
CREATE INDEX outgoing_ended ON outgoing (ended_at) WHERE ended_at IS NOT NULL;

-- A message is also named by its own id: `getMessage`, replies.
CREATE UNIQUE INDEX messages_by_id ON messages (id);
