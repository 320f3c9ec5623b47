-- Files that callers gave, to be sent; their bytes are in the media folder. `content`, sealed: what decrypts them, what they are,
-- and where WhatsApp has them. `size` counts encrypted bytes.
CREATE TABLE uploads (
  id TEXT PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  size INTEGER NOT NULL,
  content BLOB NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX uploads_of_session ON uploads (session_id, size);
CREATE INDEX uploads_expired ON uploads (expires_at);
