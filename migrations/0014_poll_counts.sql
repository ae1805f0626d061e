-- Votes are gathered for a while before the counts of a poll go out.
ALTER TABLE poll ADD COLUMN counts_due BIGINT;
CREATE INDEX poll_counts ON poll (counts_due) WHERE counts_due IS NOT NULL;
