-- WhatsApp reports a notice again until it is acknowledged: there is one event for each.
ALTER TABLE events ADD COLUMN notice_key TEXT;
CREATE INDEX events_by_notice ON events (session_id, notice_key) WHERE notice_key IS NOT NULL;
