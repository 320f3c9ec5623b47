-- Sessions whose credentials and keys came from an older copy of the database than the newest there was. What WhatsApp has seen
-- since would be repeated or could not be read: such credentials must not be used.
CREATE TABLE restored (
  session_id TEXT NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
  found_at INTEGER NOT NULL
) WITHOUT ROWID;

-- New credentials are not old ones.
CREATE TRIGGER restored_forget AFTER DELETE ON creds
BEGIN
  DELETE FROM restored WHERE session_id = OLD.session_id;
END;
