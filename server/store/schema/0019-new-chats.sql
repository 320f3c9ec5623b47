-- How many chats with people who have never written a session may begin in a day.
ALTER TABLE sessions ADD COLUMN new_chats_per_day INTEGER NOT NULL DEFAULT 20;
