-- Events that the log no longer has and that a webhook was not delivered: between two positions, both included. `gap_id` is the id
-- of the notice that tells the webhook; another one when the gap has grown. NULL = there is nothing to tell.
ALTER TABLE webhooks ADD COLUMN gap_id TEXT;
ALTER TABLE webhooks ADD COLUMN gap_from INTEGER;
ALTER TABLE webhooks ADD COLUMN gap_to INTEGER;
