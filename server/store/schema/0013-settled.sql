-- Which ciphertexts have become stored messages: WhatsApp may deliver them again, and they cannot be decrypted twice. A live message
-- leaves a row here for two weeks, so rows are short: a number for the session, the day since 1970, the first 8 bytes of the hash.
CREATE TABLE journal_sessions (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id TEXT NOT NULL UNIQUE REFERENCES sessions (id) ON DELETE CASCADE
);

-- Rows whose number is not in `journal_sessions` belong to nobody any more. They are deleted in pieces.
CREATE TABLE settled (
  session INTEGER NOT NULL,
  day INTEGER NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (session, day, digest)
) WITHOUT ROWID;

-- `journal_settled` is read as long as it has rows: they are moved into `settled` in pieces while the gateway runs.
DROP VIEW journal_writes;
CREATE VIEW journal_writes AS SELECT session_id, hash, 0 AS day FROM journal;
CREATE TRIGGER journal_writes_settle INSTEAD OF INSERT ON journal_writes
BEGIN
  INSERT INTO journal_sessions (session_id) SELECT NEW.session_id
  WHERE NOT EXISTS (SELECT 1 FROM journal_sessions WHERE session_id = NEW.session_id);
  INSERT INTO settled (session, day, digest)
  SELECT number, NEW.day, substr(NEW.hash, 1, 8) FROM journal_sessions WHERE session_id = NEW.session_id
  ON CONFLICT DO NOTHING;
  DELETE FROM journal WHERE session_id = NEW.session_id AND hash = NEW.hash;
END;
