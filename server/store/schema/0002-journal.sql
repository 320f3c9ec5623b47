-- Decrypted messages that are not stored yet, sealed, in the order of their arrival. `hash` is the hash of the ciphertext.
CREATE TABLE journal (
  id INTEGER PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  hash BLOB NOT NULL,
  entry BLOB NOT NULL,
  UNIQUE (session_id, hash)
);

-- Entries that have been stored since. WhatsApp may deliver them again, and nothing can be decrypted twice.
CREATE TABLE journal_settled (
  id INTEGER PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
  hash BLOB NOT NULL,
  settled_at INTEGER NOT NULL,
  UNIQUE (session_id, hash)
);

-- An entry is written by the same statement as the keys that its decryption used up: both or neither.
DROP VIEW key_writes;
CREATE VIEW key_writes AS SELECT session_id, type, id, value FROM keys;
CREATE TRIGGER key_writes_set INSTEAD OF INSERT ON key_writes WHEN NEW.value IS NOT NULL AND NEW.type <> 'journal'
BEGIN
  INSERT INTO keys (session_id, type, id, value) VALUES (NEW.session_id, NEW.type, NEW.id, NEW.value)
  ON CONFLICT (session_id, type, id) DO UPDATE SET value = excluded.value;
END;
CREATE TRIGGER key_writes_delete INSTEAD OF INSERT ON key_writes WHEN NEW.value IS NULL
BEGIN
  DELETE FROM keys WHERE session_id = NEW.session_id AND type = NEW.type AND id = NEW.id;
END;
CREATE TRIGGER key_writes_journal INSTEAD OF INSERT ON key_writes WHEN NEW.type = 'journal'
BEGIN
  INSERT INTO journal (session_id, hash, entry) VALUES (NEW.session_id, unhex(NEW.id), NEW.value)
  ON CONFLICT DO NOTHING;
END;

-- One INSERT into this view settles any number of entries.
CREATE VIEW journal_writes AS SELECT session_id, hash, settled_at FROM journal_settled;
CREATE TRIGGER journal_writes_settle INSTEAD OF INSERT ON journal_writes
BEGIN
  INSERT INTO journal_settled (session_id, hash, settled_at) VALUES (NEW.session_id, NEW.hash, NEW.settled_at)
  ON CONFLICT DO NOTHING;
  DELETE FROM journal WHERE session_id = NEW.session_id AND hash = NEW.hash;
END;
