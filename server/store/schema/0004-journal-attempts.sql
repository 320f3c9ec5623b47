-- How many times the processing of an entry began and did not end. An entry that ends the process each time must not be tried
-- without limit.
ALTER TABLE journal ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
