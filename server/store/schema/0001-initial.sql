-- Times are epoch milliseconds UTC, booleans are 0 and 1, an absent value is NULL.

-- The store's own values: the secret, the heartbeat.
CREATE TABLE meta (
  name TEXT NOT NULL PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE sessions (
  id TEXT NOT NULL PRIMARY KEY,
  organization_id TEXT NOT NULL,
  label TEXT,
  status TEXT NOT NULL,
  status_reason TEXT,
  wanted INTEGER NOT NULL,
  auto_read INTEGER NOT NULL,
  presence_typing INTEGER NOT NULL,
  rate_per_min INTEGER NOT NULL,
  rate_per_hour INTEGER NOT NULL,
  wa_jid TEXT,
  wa_lid TEXT,
  created_by_user_id TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_connected_at INTEGER,
  -- How many messages have arrived: the newest one's place among those of the same millisecond.
  arrivals INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX sessions_by_organization ON sessions (organization_id, created_at, id);

-- Deleted sessions whose chats are still being deleted, batch by batch.
CREATE TABLE removals (
  session_id TEXT NOT NULL PRIMARY KEY
) WITHOUT ROWID;

CREATE TABLE api_keys (
  id TEXT NOT NULL PRIMARY KEY,
  organization_id TEXT NOT NULL,
  capabilities TEXT NOT NULL,
  label TEXT,
  secret_hash BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER,
  last_used_at INTEGER
);

CREATE TABLE creds (
  session_id TEXT NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
  value BLOB NOT NULL
);

CREATE TABLE keys (
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  type TEXT NOT NULL,
  id TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (session_id, type, id)
) WITHOUT ROWID;

-- One INSERT into this view sets and deletes any number of keys. What must be committed together with them is added as a trigger.
CREATE VIEW key_writes AS SELECT session_id, type, id, value FROM keys;
CREATE TRIGGER key_writes_set INSTEAD OF INSERT ON key_writes WHEN NEW.value IS NOT NULL
BEGIN
  INSERT INTO keys (session_id, type, id, value) VALUES (NEW.session_id, NEW.type, NEW.id, NEW.value)
  ON CONFLICT (session_id, type, id) DO UPDATE SET value = excluded.value;
END;
CREATE TRIGGER key_writes_delete INSTEAD OF INSERT ON key_writes WHEN NEW.value IS NULL
BEGIN
  DELETE FROM keys WHERE session_id = NEW.session_id AND type = NEW.type AND id = NEW.id;
END;

-- The people, groups and channels that a chat can be with, or that can write a message. `jid` is the address that the API shows
-- (the phone JID once known), `lid` the newest LID.
CREATE TABLE peers (
  id INTEGER PRIMARY KEY,
  session_id TEXT NOT NULL,
  jid TEXT NOT NULL,
  lid TEXT,
  name TEXT,
  push_name TEXT
);
CREATE INDEX peers_by_session ON peers (session_id);

-- Every address that was ever seen, and the peer that it belongs to.
CREATE TABLE addresses (
  id INTEGER PRIMARY KEY,
  session_id TEXT NOT NULL,
  jid TEXT NOT NULL,
  peer_id INTEGER NOT NULL,
  UNIQUE (session_id, jid)
);
CREATE INDEX addresses_by_peer ON addresses (peer_id);

-- A chat that was merged into another keeps its row, without a peer: its id is not reused, and `merged_into` names the other.
CREATE TABLE chats (
  id INTEGER PRIMARY KEY,
  session_id TEXT NOT NULL,
  peer_id INTEGER UNIQUE,
  merged_into INTEGER,
  type TEXT NOT NULL,
  name TEXT,
  unread INTEGER NOT NULL DEFAULT 0,
  archived INTEGER NOT NULL DEFAULT 0,
  pinned INTEGER NOT NULL DEFAULT 0,
  muted_until INTEGER,
  -- 0 until something is known.
  last_message_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX chats_by_activity ON chats (session_id, last_message_at, id) WHERE peer_id IS NOT NULL;
CREATE INDEX chats_by_session ON chats (session_id);
CREATE INDEX chats_merged ON chats (merged_into) WHERE merged_into IS NOT NULL;

-- Clustered by chat in list order, so that a page is read from neighbouring rows. `sender` is the sender's address as WhatsApp
-- gave it; 0 for own messages, and in direct chats, where the chat names the sender. A placeholder is a message that could not
-- be decrypted yet.
CREATE TABLE messages (
  chat_id INTEGER NOT NULL,
  timestamp INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  id TEXT NOT NULL,
  wa_id TEXT NOT NULL,
  from_me INTEGER NOT NULL,
  sender INTEGER NOT NULL,
  type TEXT NOT NULL,
  body TEXT,
  media TEXT,
  quoted_id TEXT,
  mentions TEXT,
  status TEXT,
  error TEXT,
  edited_at INTEGER,
  deleted INTEGER NOT NULL,
  placeholder INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (chat_id, timestamp, seq)
) WITHOUT ROWID;
CREATE UNIQUE INDEX messages_by_wa_id ON messages (chat_id, wa_id, from_me, sender);

-- Which address has written in which group: when two addresses turn out to be one person, duplicates are searched for there.
CREATE TABLE authors (
  address_id INTEGER NOT NULL,
  chat_id INTEGER NOT NULL,
  PRIMARY KEY (address_id, chat_id)
) WITHOUT ROWID;

-- Edits, revokes and receipts that arrived before their message. The lowest `id` is the oldest.
CREATE TABLE waiting (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id TEXT NOT NULL,
  peer_id INTEGER NOT NULL,
  wa_id TEXT NOT NULL,
  from_me INTEGER NOT NULL,
  sender INTEGER NOT NULL,
  body TEXT,
  edited_at INTEGER,
  deleted INTEGER NOT NULL,
  status TEXT,
  error TEXT,
  UNIQUE (peer_id, wa_id, from_me, sender)
);
CREATE INDEX waiting_by_session ON waiting (session_id, id);
