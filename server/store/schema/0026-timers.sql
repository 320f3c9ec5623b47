-- How long the messages of a direct chat stay, in seconds (0 = for good, NULL = nobody has said), and when that was set.
ALTER TABLE chats ADD COLUMN timer INTEGER;
ALTER TABLE chats ADD COLUMN timer_at INTEGER NOT NULL DEFAULT 0;
