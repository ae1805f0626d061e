-- Every other server we have met, and how it is reached.
CREATE TABLE host (
    host TEXT PRIMARY KEY,
    software TEXT NOT NULL DEFAULT '',
    scheme TEXT NOT NULL DEFAULT 'cavage',
    blocked BOOLEAN NOT NULL DEFAULT FALSE,
    fails BIGINT NOT NULL DEFAULT 0,
    down_since BIGINT,
    next_at BIGINT NOT NULL DEFAULT 0,
    last_ok_at BIGINT,
    last_in_at BIGINT,
    last_error TEXT
);

-- Raw activities that were answered 202, applied later. `body` is emptied once applied; the id stays, so that a repeat is known.
CREATE TABLE inbound (
    id BIGINT PRIMARY KEY,
    activity_id TEXT NOT NULL UNIQUE,
    actor TEXT NOT NULL,
    host TEXT NOT NULL,
    recipient_id BIGINT,
    trusted BOOLEAN NOT NULL,
    body TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL,
    waits_for TEXT,
    reason TEXT
);
CREATE INDEX inbound_waits ON inbound (waits_for) WHERE waits_for IS NOT NULL;
CREATE INDEX inbound_due ON inbound (next_at, id) WHERE state = 'waiting';
CREATE INDEX inbound_state ON inbound (state, received_at);

-- Activities said by local accounts, exactly as they travel.
CREATE TABLE activity (
    id BIGINT PRIMARY KEY,
    uri TEXT NOT NULL,
    account_id BIGINT NOT NULL REFERENCES account (id),
    body TEXT NOT NULL,
    followers_header BOOLEAN NOT NULL DEFAULT FALSE,
    created_at BIGINT NOT NULL
);

-- One activity on its way to one inbox. Gone when delivered; `dead` when given up.
CREATE TABLE delivery (
    id BIGINT PRIMARY KEY,
    activity_id BIGINT NOT NULL REFERENCES activity (id),
    host TEXT NOT NULL,
    inbox TEXT NOT NULL,
    lane TEXT NOT NULL,
    state TEXT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL,
    last_status BIGINT,
    last_error TEXT
);
CREATE INDEX delivery_due ON delivery (next_at, id) WHERE state = 'waiting';
CREATE INDEX delivery_lane ON delivery (host, lane, id);
CREATE INDEX delivery_activity ON delivery (activity_id);
CREATE INDEX delivery_dead ON delivery (id) WHERE state = 'dead';

-- What was deleted stays deleted: a late Create must not revive it.
CREATE TABLE tombstone (
    uri TEXT PRIMARY KEY,
    deleted_at BIGINT NOT NULL
);

-- Remote things to fetch or refresh, with retries over days: parents, replies, outboxes, actors.
CREATE TABLE wanted (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    uri TEXT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL DEFAULT 0,
    last_error TEXT,
    UNIQUE (kind, uri)
);
CREATE INDEX wanted_due ON wanted (next_at);

-- Reports by other servers and members (`Flag`), kept for the moderators.
CREATE TABLE report (
    id BIGINT PRIMARY KEY,
    uri TEXT NOT NULL UNIQUE,
    reporter_id BIGINT NOT NULL REFERENCES account (id),
    target_id BIGINT NOT NULL REFERENCES account (id),
    posts TEXT NOT NULL DEFAULT '[]',
    comment TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
