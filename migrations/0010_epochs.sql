-- Why this node's own log takes nothing new for now: `restored` (others had more of it), `clock` (the time cannot be right).
ALTER TABLE log_head ADD COLUMN held_for TEXT;
ALTER TABLE log_head ADD COLUMN held_at BIGINT;

-- Where epochs end, by this node's signature: it signs one end of each, and takes nothing of the epoch beyond it.
CREATE TABLE log_fence (
    node TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (node, epoch)
);

-- Entries of an epoch beyond its end: what their node said and nobody else had. They wait until it has said them again.
CREATE TABLE log_tail (
    node TEXT NOT NULL,
    hash TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    ap_id TEXT NOT NULL,
    obj_id TEXT NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (node, hash)
);

-- Entries of a page that came through to a peer and from it: fewer where the line is slow or breaks.
ALTER TABLE peer ADD COLUMN page BIGINT NOT NULL DEFAULT 500;

-- When we last had everything that a peer had.
ALTER TABLE peer ADD COLUMN traded_at BIGINT NOT NULL DEFAULT 0;
