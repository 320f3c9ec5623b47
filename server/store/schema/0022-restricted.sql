-- Until when WhatsApp lets the account begin no chats, in epoch milliseconds; in the past = it may again.
ALTER TABLE sessions ADD COLUMN restricted_until INTEGER;
