-- Changes of the stored copies of an organization, written in the commit that makes the change. The last statement of the commit
-- takes `position` from the organization's row in `event_heads`: 1, 2, 3 … in the order of commits, so that a reader who sees one
-- has seen all before it. `id` is the order of writing over all organizations.
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  organization_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  event TEXT NOT NULL,
  session_id TEXT NOT NULL,
  chat_id INTEGER,
  message_id TEXT,
  at INTEGER NOT NULL,
  payload TEXT NOT NULL,
  UNIQUE (organization_id, position)
);
CREATE INDEX events_by_session ON events (session_id);
CREATE INDEX events_by_time ON events (at);
CREATE INDEX events_by_message ON events (message_id) WHERE message_id IS NOT NULL;

-- `head` is the newest position, `floor` the newest position that was deleted because of its age.
CREATE TABLE event_heads (
  organization_id TEXT NOT NULL PRIMARY KEY,
  head INTEGER NOT NULL,
  floor INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TRIGGER events_head AFTER INSERT ON events
BEGIN
  INSERT INTO event_heads (organization_id, head) VALUES (NEW.organization_id, NEW.position)
  ON CONFLICT (organization_id) DO UPDATE SET head = max(head, excluded.head);
END;

-- Events that show a message are deleted with it, whatever deletes it.
CREATE TRIGGER events_of_deleted AFTER DELETE ON messages
BEGIN
  DELETE FROM events WHERE message_id = OLD.id;
END;

-- See 0006: message texts are overwritten wherever they were stored.
CREATE TRIGGER erase_event AFTER DELETE ON events WHEN OLD.message_id IS NOT NULL
BEGIN
  INSERT INTO meta (name, value) SELECT 'unerased', 1 WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'unerased');
END;
CREATE TRIGGER erase_event_change AFTER UPDATE OF payload ON events WHEN OLD.payload IS NOT NEW.payload
BEGIN
  INSERT INTO meta (name, value) SELECT 'unerased', 1 WHERE NOT EXISTS (SELECT 1 FROM meta WHERE name = 'unerased');
END;
