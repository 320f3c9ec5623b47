-- Messages that an earlier version stored without members that it did not know: places, contacts, polls, what a reply quotes. Their
-- protobuf is read again while the gateway runs.
CREATE TABLE rereads (
  message_id TEXT PRIMARY KEY
) WITHOUT ROWID;
INSERT INTO rereads (message_id)
SELECT id FROM messages
WHERE raw IS NOT NULL AND deleted = 0 AND details IS NULL AND poll IS NULL AND quoted IS NULL
  AND (type IN ('location', 'contact', 'poll') OR quoted_id IS NOT NULL);

CREATE TRIGGER reread_of_deleted AFTER DELETE ON messages WHEN OLD.raw IS NOT NULL
BEGIN
  DELETE FROM rereads WHERE message_id = OLD.id;
END;
