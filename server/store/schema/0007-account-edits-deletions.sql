-- The WhatsApp account that a session belongs to, from its first pairing on: it outlives a logout, `wa_jid` does not.
ALTER TABLE sessions ADD COLUMN account_jid TEXT;
ALTER TABLE sessions ADD COLUMN account_lid TEXT;
UPDATE sessions SET account_jid = wa_jid, account_lid = wa_lid;

-- An edit replaces the mentions with the words.
ALTER TABLE waiting ADD COLUMN mentions TEXT;

-- Up to when the account has cleared the chat, and deleted it, elsewhere: 0 = never. What is not newer is not stored. A message
-- that was deleted for this account alone keeps its row, empty, with `deleted` = 2: should it come again, it stays deleted.
ALTER TABLE chats ADD COLUMN cleared_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chats ADD COLUMN deleted_until INTEGER NOT NULL DEFAULT 0;

-- When WhatsApp was last asked for the name of a group.
ALTER TABLE chats ADD COLUMN name_asked_at INTEGER;
CREATE INDEX chats_nameless ON chats (session_id, name_asked_at)
  WHERE type = 'group' AND name IS NULL AND peer_id IS NOT NULL;
