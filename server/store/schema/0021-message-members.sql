-- What a message consists of, and what people said of it. `quoted`: what its sender quoted, without the id; NULL in older rows.
-- `details`: members that are shown as they are stored. `poll`: question, and options by the keys with which votes name them.
-- `reactions` and `votes`: lists of [address, time, emoji] and [address, time, [key …]], with row numbers of addresses, 0 = the
-- account; an empty emoji or list was taken back.
ALTER TABLE messages ADD COLUMN quoted TEXT;
ALTER TABLE messages ADD COLUMN details TEXT;
ALTER TABLE messages ADD COLUMN poll TEXT;
ALTER TABLE messages ADD COLUMN reactions TEXT;
ALTER TABLE messages ADD COLUMN votes TEXT;
ALTER TABLE waiting ADD COLUMN reactions TEXT;
ALTER TABLE waiting ADD COLUMN votes TEXT;

-- Reactions were messages of their own. They become members of the oldest message with that id in their chat, of each address the
-- newest one. In direct chats the address is that of the other person.
CREATE TEMP TABLE reacted AS
  SELECT r.chat_id, r.quoted_id AS wa_id, iif(r.from_me = 1, 0, iif(r.sender <> 0, r.sender, (
      SELECT a.id FROM addresses a JOIN peers p ON p.id = a.peer_id AND p.jid = a.jid WHERE a.peer_id = c.peer_id
    ))) AS address, max(r.timestamp) AS at, coalesce(r.body, '') AS emoji
  FROM messages r JOIN chats c ON c.id = r.chat_id
  WHERE r.type = 'reaction' AND r.deleted = 0 AND r.quoted_id IS NOT NULL
  GROUP BY 1, 2, 3;
CREATE TEMP TABLE reactions AS
  SELECT chat_id, wa_id, '[' || group_concat(json_array(address, at, emoji)) || ']' AS said
  FROM (SELECT * FROM reacted WHERE address IS NOT NULL ORDER BY chat_id, wa_id, at, address)
  GROUP BY chat_id, wa_id;

UPDATE messages SET reactions = t.said
FROM reactions t
WHERE messages.chat_id = t.chat_id AND messages.wa_id = t.wa_id AND messages.type <> 'reaction' AND messages.deleted = 0
  AND messages.timestamp = (
    SELECT min(o.timestamp) FROM messages o
    WHERE o.chat_id = t.chat_id AND o.wa_id = t.wa_id AND o.type <> 'reaction' AND o.deleted < 2
  );

-- Those to messages that have not come wait for them: in a direct chat for one of either side, as older rows do not say whose it is.
INSERT INTO waiting (session_id, peer_id, wa_id, from_me, sender, deleted, reactions)
SELECT c.session_id, c.peer_id, t.wa_id, f.value, 0, 0, t.said
FROM reactions t JOIN chats c ON c.id = t.chat_id AND c.type = 'dm' AND c.peer_id IS NOT NULL
JOIN json_each('[0,1]') f
WHERE NOT EXISTS (
  SELECT 1 FROM messages o WHERE o.chat_id = t.chat_id AND o.wa_id = t.wa_id AND o.type <> 'reaction'
)
ON CONFLICT (peer_id, wa_id, from_me, sender) DO UPDATE SET reactions = excluded.reactions;

DELETE FROM messages WHERE type = 'reaction';
DROP TABLE reactions;
DROP TABLE reacted;

-- Votes can be decrypted now: those that waited are tried with the next vote in their poll.
UPDATE sealed_waiting SET tried = 1;

-- See 0006. What is said or shown of a message is overwritten wherever it was stored.
DROP TRIGGER erase_message;
CREATE TRIGGER erase_message AFTER DELETE ON messages
WHEN OLD.body IS NOT NULL OR OLD.media IS NOT NULL OR OLD.details IS NOT NULL OR OLD.poll IS NOT NULL OR OLD.quoted IS NOT NULL
  OR OLD.reactions IS NOT NULL
BEGIN
  INSERT INTO meta (name, value) SELECT 'unerased', 1 WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'unerased');
END;
DROP TRIGGER erase_change;
CREATE TRIGGER erase_change AFTER UPDATE ON messages
WHEN (OLD.body IS NOT NULL AND OLD.body IS NOT NEW.body) OR (OLD.media IS NOT NULL AND OLD.media IS NOT NEW.media)
  OR (OLD.mentions IS NOT NULL AND OLD.mentions IS NOT NEW.mentions)
  OR (OLD.details IS NOT NULL AND OLD.details IS NOT NEW.details) OR (OLD.poll IS NOT NULL AND OLD.poll IS NOT NEW.poll)
  OR (OLD.quoted IS NOT NULL AND OLD.quoted IS NOT NEW.quoted)
BEGIN
  INSERT INTO meta (name, value) SELECT 'unerased', 1 WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'unerased');
END;
