-- Addresses to which events are sent. `secrets` is sealed JSON: keys of the signature, and headers, which often hold a password.
-- `position`: every event up to there has a delivery, or is not for this webhook. A part of the log that is sent again ends at
-- `replay_until`, and then `position` is `resume_at`. `epoch` rises with each change: it refuses writes of whoever does not know the
-- change. Deliveries after `position` count only if they are of this `round`, which a replay begins anew.
CREATE TABLE webhooks (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  organization_id TEXT NOT NULL,
  url TEXT NOT NULL,
  events TEXT NOT NULL,
  session_id TEXT,
  retry_policy TEXT NOT NULL,
  active INTEGER NOT NULL,
  inactive_reason TEXT,
  secrets BLOB NOT NULL,
  position INTEGER NOT NULL,
  replay_until INTEGER,
  resume_at INTEGER,
  epoch INTEGER NOT NULL DEFAULT 1,
  round INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
);
CREATE INDEX webhooks_by_organization ON webhooks (organization_id, id);

-- Webhooks that were deleted, whose deliveries are deleted in pieces.
CREATE TABLE webhook_removals (number INTEGER PRIMARY KEY);
CREATE TRIGGER webhooks_removed AFTER DELETE ON webhooks
BEGIN
  INSERT INTO webhook_removals (number) VALUES (OLD.number);
END;

-- An event on its way to a webhook, from its first attempt on. It is deleted with its event.
CREATE TABLE deliveries (
  webhook INTEGER NOT NULL,
  event INTEGER NOT NULL REFERENCES events (id) ON DELETE CASCADE,
  id TEXT NOT NULL UNIQUE,
  round INTEGER NOT NULL,
  status TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  first_failed_at INTEGER,
  last_at INTEGER,
  next_at INTEGER,
  response_status INTEGER,
  error TEXT,
  PRIMARY KEY (webhook, event)
) WITHOUT ROWID;
CREATE INDEX deliveries_of_event ON deliveries (event);
CREATE INDEX deliveries_undelivered ON deliveries (webhook, status, event) WHERE status <> 'delivered';

-- An answer that holds a secret is sealed, and its `body` empty.
ALTER TABLE kept_answers ADD COLUMN sealed_body BLOB;
