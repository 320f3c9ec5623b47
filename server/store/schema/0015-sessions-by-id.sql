-- A list of sessions is read page by page, in the order of ids.
DROP INDEX sessions_by_organization;
CREATE INDEX sessions_by_organization ON sessions (organization_id, id);
