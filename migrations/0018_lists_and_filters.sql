-- A member's lists of accounts that they follow, each with a timeline of its own.
CREATE TABLE list (
    id BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (id),
    title TEXT NOT NULL,
    replies TEXT NOT NULL,
    exclusive BOOLEAN NOT NULL
);
CREATE INDEX list_account ON list (account_id, id);
CREATE TABLE list_member (
    list_id BIGINT NOT NULL REFERENCES list (id),
    account_id BIGINT NOT NULL REFERENCES account (id),
    id BIGINT NOT NULL,
    PRIMARY KEY (list_id, account_id)
);
CREATE INDEX list_member_account ON list_member (account_id, list_id);

-- The timelines of lists, written like `home_entry` when a post or boost arrives.
CREATE TABLE list_entry (
    list_id BIGINT NOT NULL REFERENCES list (id),
    id BIGINT NOT NULL,
    post_id BIGINT NOT NULL,
    author_id BIGINT NOT NULL,
    booster_id BIGINT,
    PRIMARY KEY (list_id, id)
);
CREATE INDEX list_entry_post ON list_entry (post_id);

-- Words and posts that a member does not want to meet unwarned. `contexts` are words between commas.
CREATE TABLE filter (
    id BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (id),
    title TEXT NOT NULL,
    contexts TEXT NOT NULL,
    action TEXT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX filter_account ON filter (account_id, id);
CREATE TABLE filter_keyword (
    id BIGINT PRIMARY KEY,
    filter_id BIGINT NOT NULL REFERENCES filter (id),
    keyword TEXT NOT NULL,
    whole_word BOOLEAN NOT NULL
);
CREATE INDEX filter_keyword_filter ON filter_keyword (filter_id, id);
CREATE TABLE filter_post (
    id BIGINT PRIMARY KEY,
    filter_id BIGINT NOT NULL REFERENCES filter (id),
    post_id BIGINT NOT NULL REFERENCES post (id),
    UNIQUE (filter_id, post_id)
);

-- Direct posts by thread, for each member who is part of it.
CREATE TABLE conversation (
    account_id BIGINT NOT NULL REFERENCES account (id),
    thread_id BIGINT NOT NULL,
    last_id BIGINT NOT NULL,
    unread BOOLEAN NOT NULL,
    PRIMARY KEY (account_id, thread_id)
);
CREATE INDEX conversation_newest ON conversation (account_id, last_id);
