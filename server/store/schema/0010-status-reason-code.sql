-- The kind of `status_reason`, for programs. Absent beside the words of a version that kept none.
ALTER TABLE sessions ADD COLUMN status_reason_code TEXT;
