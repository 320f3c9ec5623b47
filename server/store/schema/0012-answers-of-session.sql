-- Answers are deleted with their session: without this index, each deletion of a session would scan the answers of all others.
CREATE INDEX kept_answers_of_session ON kept_answers (session_id);
