-- When and where: a post with such a row is an event.
CREATE TABLE event (
    post_id BIGINT PRIMARY KEY REFERENCES post (id),
    starts_at BIGINT NOT NULL,
    ends_at BIGINT,
    timezone TEXT NOT NULL,
    place TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL DEFAULT '',
    online_url TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL,
    join_mode TEXT NOT NULL,
    join_url TEXT NOT NULL DEFAULT '',
    capacity BIGINT,
    attending BIGINT NOT NULL DEFAULT 0,
    counts_due BIGINT
);
CREATE INDEX event_starts ON event (starts_at, post_id);
CREATE INDEX event_counts ON event (counts_due) WHERE counts_due IS NOT NULL;

-- Who wants to attend. The id is the place in the queue; uri is the id of the Join.
CREATE TABLE rsvp (
    post_id BIGINT NOT NULL REFERENCES post (id),
    account_id BIGINT NOT NULL REFERENCES account (id),
    id BIGINT NOT NULL UNIQUE,
    uri TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    message TEXT NOT NULL DEFAULT '',
    asked_at BIGINT NOT NULL,
    PRIMARY KEY (post_id, account_id)
);
CREATE INDEX rsvp_queue ON rsvp (post_id, state, id);
CREATE INDEX rsvp_account ON rsvp (account_id, id);
