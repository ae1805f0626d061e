-- Each member's home timeline, written when a post or boost arrives. `id` is the post's or the boost's id.
CREATE TABLE home_entry (
    account_id BIGINT NOT NULL REFERENCES account (id),
    id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    author_id BIGINT NOT NULL,
    booster_id BIGINT,
    PRIMARY KEY (account_id, id)
);
CREATE INDEX home_entry_post ON home_entry (post_id);

CREATE TABLE notification (
    id BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (id),
    kind TEXT NOT NULL,
    from_id BIGINT NOT NULL REFERENCES account (id),
    post_id BIGINT,
    dedupe TEXT NOT NULL UNIQUE
);
CREATE INDEX notification_account ON notification (account_id, id);
CREATE INDEX notification_post ON notification (post_id) WHERE post_id IS NOT NULL;
