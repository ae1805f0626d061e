-- What waits to be applied takes turns: of each host one activity a millisecond, so that a flood of one stands behind what the others say.
ALTER TABLE inbound ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
UPDATE inbound SET turn = next_at WHERE state = 'waiting';
DROP INDEX inbound_due;
CREATE INDEX inbound_due ON inbound (turn, log_seq, id, next_at) WHERE state = 'waiting';
CREATE INDEX inbound_host ON inbound (host, turn) WHERE state = 'waiting' AND reason IS NULL;
