-- The WhatsApp account that a session belongs to, from its first pairing on. It remains after a logout; `wa_jid` does not.
ALTER TABLE sessions ADD COLUMN account_jid TEXT;
ALTER TABLE sessions ADD COLUMN account_lid TEXT;
UPDATE sessions SET account_jid = wa_jid, account_lid = wa_lid;

-- An edit replaces the mentions with the words.
ALTER TABLE waiting ADD COLUMN mentions TEXT;

-- The time up to which the account has cleared or deleted the chat on another device; 0 = never. Messages that are not newer are
-- not stored. A message that was deleted for this account only keeps an empty row with `deleted` = 2, so that it stays deleted
-- when WhatsApp delivers it again.
ALTER TABLE chats ADD COLUMN cleared_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE chats ADD COLUMN deleted_until INTEGER NOT NULL DEFAULT 0;

-- When WhatsApp was last asked for the name of a group.
ALTER TABLE chats ADD COLUMN name_asked_at INTEGER;
CREATE INDEX chats_nameless ON chats (session_id, name_asked_at)
  WHERE type = 'group' AND name IS NULL AND peer_id IS NOT NULL;
