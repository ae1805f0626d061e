-- Whom a fetch asks: servers take turns, so that one that holds its answers does not hold up what others have. Rows from before count as one server's.
ALTER TABLE wanted ADD COLUMN host TEXT NOT NULL DEFAULT '';
