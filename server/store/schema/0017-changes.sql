-- Edits, revokes, reactions and votes of the account are sent as messages are. `change` says which it is, NULL = a new message;
-- `message_id` is then the message that it changes. `proto`, sealed: what is sent, which receivers may request again. There is no
-- message that has it, so the row is kept until it is purged.
ALTER TABLE outgoing ADD COLUMN change TEXT;
ALTER TABLE outgoing ADD COLUMN proto BLOB;

-- Former words of a message are deleted with them. A revoke stays: receivers may request it again.
CREATE TRIGGER changes_of_revoked AFTER UPDATE OF deleted ON messages WHEN NEW.deleted > OLD.deleted
BEGIN
  DELETE FROM outgoing WHERE message_id = OLD.id AND change IS NOT NULL AND change <> 'revoke';
END;
CREATE TRIGGER edits_of_edited AFTER UPDATE OF edited_at ON messages WHEN NEW.edited_at IS NOT OLD.edited_at
BEGIN
  DELETE FROM outgoing WHERE message_id = OLD.id AND change = 'edit' AND ended_at IS NOT NULL;
END;
CREATE TRIGGER changes_of_deleted AFTER DELETE ON messages
BEGIN
  DELETE FROM outgoing WHERE message_id = OLD.id AND change IS NOT NULL;
END;
