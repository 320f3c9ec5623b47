-- The kind of `status_reason`, for programs. Absent where an older version, which had no codes, wrote the reason.
ALTER TABLE sessions ADD COLUMN status_reason_code TEXT;
