-- What is on its way to one person is under the address by which the chat is shown, because it has one order.
UPDATE outgoing SET jid = (
  SELECT p.jid FROM addresses a JOIN peers p ON p.id = a.peer_id
  WHERE a.session_id = outgoing.session_id AND a.jid = outgoing.jid)
WHERE ended_at IS NULL AND EXISTS (
  SELECT 1 FROM addresses a WHERE a.session_id = outgoing.session_id AND a.jid = outgoing.jid);
