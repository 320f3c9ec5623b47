-- Who may write for a session: `epoch` rises by one with each acquisition. A write of the owner names its epoch and changes
-- nothing when that is not the newest. `node` is for people who read the table.
CREATE TABLE owners (
  session_id TEXT NOT NULL PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,
  node TEXT NOT NULL
) WITHOUT ROWID;
