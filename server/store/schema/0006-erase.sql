-- A row of `meta` says that bytes of deleted rows may still be in the file or its log. The commit that deletes sets it; it is
-- removed when the bytes have been overwritten. Keys and the journal do not set it, because they are sealed and change all the
-- time: their bytes are overwritten together with the next ones.
CREATE TRIGGER erase_message AFTER DELETE ON messages WHEN OLD.body IS NOT NULL OR OLD.media IS NOT NULL
BEGIN
  INSERT INTO meta (name, value) SELECT 'unerased', 1 WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'unerased');
END;
CREATE TRIGGER erase_change AFTER UPDATE ON messages
WHEN (OLD.body IS NOT NULL AND OLD.body IS NOT NEW.body) OR (OLD.media IS NOT NULL AND OLD.media IS NOT NEW.media)
  OR (OLD.mentions IS NOT NULL AND OLD.mentions IS NOT NEW.mentions)
BEGIN
  INSERT INTO meta (name, value) SELECT 'unerased', 1 WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'unerased');
END;
CREATE TRIGGER erase_raw AFTER DELETE ON message_raw
BEGIN
  INSERT INTO meta (name, value) SELECT 'unerased', 1 WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'unerased');
END;
CREATE TRIGGER erase_waiting AFTER DELETE ON waiting WHEN OLD.body IS NOT NULL
BEGIN
  INSERT INTO meta (name, value) SELECT 'unerased', 1 WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'unerased');
END;
CREATE TRIGGER erase_creds AFTER DELETE ON creds
BEGIN
  INSERT INTO meta (name, value) SELECT 'unerased', 1 WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'unerased');
END;
CREATE TRIGGER erase_session AFTER DELETE ON removals
BEGIN
  INSERT INTO meta (name, value) SELECT 'unerased', 1 WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'unerased');
END;

-- Versions before this one did not overwrite what they deleted.
INSERT OR IGNORE INTO meta (name, value) SELECT 'unerased', 1 WHERE EXISTS (SELECT 1 FROM sessions);
