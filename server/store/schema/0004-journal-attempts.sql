-- How often an entry was taken up again and whoever took it up did not come back: what ends the process each time must not be
-- tried for ever.
ALTER TABLE journal ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
