-- SQLite took this index to find what is due, and then sorted all that waited, bodies and all, for every hundred: a node that returned after three
-- weeks applied 96 activities a second. Without it, what is due is read in order from `inbound_due`.
DROP INDEX inbound_state;
CREATE INDEX inbound_over ON inbound (received_at) WHERE state <> 'waiting';
