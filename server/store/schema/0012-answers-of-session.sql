-- Answers go with their session: without this each session that is deleted would walk the answers of all others.
CREATE INDEX kept_answers_of_session ON kept_answers (session_id);
