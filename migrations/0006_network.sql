-- The versions of the roster that were in force, the newest last, and those that wait for signatures.
CREATE TABLE roster (
    version BIGINT PRIMARY KEY,
    body TEXT NOT NULL,
    accepted_at BIGINT NOT NULL
);
CREATE TABLE roster_proposal (
    hash TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    body TEXT NOT NULL,
    signed_here BOOLEAN NOT NULL DEFAULT FALSE,
    ends_at BIGINT NOT NULL
);
-- Invitations to nodes, as hashes of their secrets; each works once.
CREATE TABLE node_invitation (
    hash TEXT PRIMARY KEY,
    ends_at BIGINT NOT NULL
);

-- Every node's log, whole. `envelope` is what is signed and chained; `body` and its salt go when what it says is deleted.
CREATE TABLE log_entry (
    node TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL,
    class TEXT NOT NULL,
    kind TEXT NOT NULL,
    ap_id TEXT NOT NULL,
    obj_id TEXT NOT NULL,
    envelope TEXT NOT NULL,
    body TEXT,
    salt TEXT,
    erased BOOLEAN NOT NULL DEFAULT FALSE,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (node, epoch, seq)
);
CREATE INDEX log_entry_object ON log_entry (obj_id);
CREATE INDEX log_entry_activity ON log_entry (ap_id);
CREATE INDEX log_entry_holes ON log_entry (node, epoch, seq) WHERE body IS NULL AND erased = FALSE AND kind = 'ap';

-- The end of our copy of each log. A log that forked is frozen, with the evidence.
CREATE TABLE log_head (
    node TEXT PRIMARY KEY,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL,
    frozen_at BIGINT,
    evidence TEXT
);

-- What each peer has of each log, by its own signed word.
CREATE TABLE peer_ack (
    peer TEXT NOT NULL,
    node TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (peer, node)
);

-- How each peer is reached.
CREATE TABLE peer (
    node TEXT PRIMARY KEY,
    fails BIGINT NOT NULL DEFAULT 0,
    down_since BIGINT,
    next_at BIGINT NOT NULL DEFAULT 0,
    asked_at BIGINT NOT NULL DEFAULT 0,
    roster BIGINT NOT NULL DEFAULT 0,
    last_ok_at BIGINT,
    last_error TEXT
);

-- Posts that members of all nodes read under one roof, by the id they sort by.
CREATE TABLE network_timeline (
    post_id BIGINT PRIMARY KEY
);

-- An activity that came by a log says by which, and who may see it. Entries of one log are applied in their order.
ALTER TABLE inbound ADD COLUMN log_class TEXT;
ALTER TABLE inbound ADD COLUMN log_seq BIGINT NOT NULL DEFAULT 0;
DROP INDEX inbound_due;
CREATE INDEX inbound_due ON inbound (next_at, log_seq, id) WHERE state = 'waiting';
