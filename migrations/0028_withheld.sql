-- What the log of a blocked host says is applied when the host is not blocked any more: behind this place (epoch · 2^40 + seq); NULL when nothing waits.
ALTER TABLE log_head ADD COLUMN withheld_after BIGINT;
