-- Sessions whose credentials and keys come from a restored, older copy of the database. They must not be used: WhatsApp has seen
-- newer ones, so messages would be repeated or could not be decrypted.
CREATE TABLE restored (
  session_id TEXT NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
  found_at INTEGER NOT NULL
) WITHOUT ROWID;

-- Deleted credentials are replaced by new ones, which may be used.
CREATE TRIGGER restored_forget AFTER DELETE ON creds
BEGIN
  DELETE FROM restored WHERE session_id = OLD.session_id;
END;
