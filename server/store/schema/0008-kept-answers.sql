-- Answers of calls that took effect, under the caller's Idempotency-Key. `session_id` is empty where the operation has no session.
CREATE TABLE kept_answers (
  id INTEGER PRIMARY KEY,
  organization_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  operation TEXT NOT NULL,
  key TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  kept_at INTEGER NOT NULL,
  UNIQUE (organization_id, session_id, operation, key)
);
CREATE INDEX kept_answers_newest ON kept_answers (organization_id, session_id, operation, kept_at);
CREATE INDEX kept_answers_age ON kept_answers (kept_at);
