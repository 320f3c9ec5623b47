-- An event that is deleted because it is old shows words that its message still has: nothing has to be erased (see 0006). Without this
-- the purge of each hour had the whole file rewritten. An event that goes with its message does have to be.
DROP TRIGGER erase_event;
DROP TRIGGER events_of_deleted;
CREATE TRIGGER events_of_deleted AFTER DELETE ON messages WHEN EXISTS (SELECT 1 FROM events WHERE message_id = OLD.id)
BEGIN
  DELETE FROM events WHERE message_id = OLD.id;
  INSERT INTO meta (name, value) SELECT 'unerased', 1 WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'unerased');
END;
