-- What has not ended is counted at each scrape of the metrics; most rows have ended, and are kept for a week.
CREATE INDEX outgoing_open ON outgoing (claimed_at, drawn, accepted_at) WHERE ended_at IS NULL;
