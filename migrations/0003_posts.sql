CREATE TABLE post (
    id BIGINT PRIMARY KEY,
    uri TEXT NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES account (id),
    local BOOLEAN NOT NULL,
    audience TEXT NOT NULL,
    title TEXT NOT NULL DEFAULT '',
    content_html TEXT NOT NULL,
    source TEXT NOT NULL DEFAULT '',
    summary TEXT NOT NULL DEFAULT '',
    sensitive BOOLEAN NOT NULL DEFAULT FALSE,
    lang TEXT NOT NULL DEFAULT '',
    url TEXT NOT NULL,
    in_reply_to_uri TEXT,
    in_reply_to_id BIGINT,
    thread_id BIGINT NOT NULL,
    quote_uri TEXT,
    quote_id BIGINT,
    quote_state TEXT NOT NULL DEFAULT 'none',
    quote_stamp TEXT,
    quote_policy TEXT NOT NULL DEFAULT 'public',
    replies_count BIGINT NOT NULL DEFAULT 0,
    likes_count BIGINT NOT NULL DEFAULT 0,
    boosts_count BIGINT NOT NULL DEFAULT 0,
    published_at BIGINT NOT NULL,
    edited_at BIGINT,
    refreshed_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE INDEX post_url ON post (url);
CREATE INDEX post_account ON post (account_id, id);
CREATE INDEX post_thread ON post (thread_id, id);
CREATE INDEX post_parent ON post (in_reply_to_id, id);
CREATE INDEX post_orphan ON post (in_reply_to_uri) WHERE in_reply_to_id IS NULL;
CREATE INDEX post_local ON post (id) WHERE local = TRUE AND audience = 'public' AND deleted_at IS NULL;
CREATE INDEX post_public ON post (id) WHERE audience = 'public' AND deleted_at IS NULL;
CREATE INDEX post_quote ON post (quote_id, id) WHERE quote_id IS NOT NULL;

CREATE TABLE post_mention (
    post_id BIGINT NOT NULL REFERENCES post (id),
    account_id BIGINT NOT NULL REFERENCES account (id),
    silent BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (post_id, account_id)
);
CREATE INDEX post_mention_account ON post_mention (account_id, post_id);

CREATE TABLE post_tag (
    tag TEXT NOT NULL,
    post_id BIGINT NOT NULL REFERENCES post (id),
    PRIMARY KEY (tag, post_id)
);
CREATE INDEX post_tag_post ON post_tag (post_id);

-- Pictures and other files. Local files are named by the hash of their bytes; remote ones keep their address.
CREATE TABLE media (
    id BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (id),
    post_id BIGINT REFERENCES post (id),
    position BIGINT NOT NULL DEFAULT 0,
    media_type TEXT NOT NULL,
    url TEXT NOT NULL,
    thumbnail_url TEXT,
    width BIGINT NOT NULL DEFAULT 0,
    height BIGINT NOT NULL DEFAULT 0,
    blurhash TEXT,
    description TEXT NOT NULL DEFAULT '',
    focus_x DOUBLE PRECISION NOT NULL DEFAULT 0,
    focus_y DOUBLE PRECISION NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);
CREATE INDEX media_post ON media (post_id, position);
CREATE INDEX media_unused ON media (created_at) WHERE post_id IS NULL;

-- Former versions of an edited post.
CREATE TABLE post_edit (
    post_id BIGINT NOT NULL REFERENCES post (id),
    version BIGINT NOT NULL,
    content_html TEXT NOT NULL,
    summary TEXT NOT NULL,
    written_at BIGINT NOT NULL,
    PRIMARY KEY (post_id, version)
);

CREATE TABLE poll (
    post_id BIGINT PRIMARY KEY REFERENCES post (id),
    multiple BOOLEAN NOT NULL,
    ends_at BIGINT,
    closed BOOLEAN NOT NULL DEFAULT FALSE,
    voters_count BIGINT NOT NULL DEFAULT 0,
    announced BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX poll_ends ON poll (ends_at) WHERE announced = FALSE;
CREATE TABLE poll_option (
    post_id BIGINT NOT NULL REFERENCES post (id),
    position BIGINT NOT NULL,
    title TEXT NOT NULL,
    votes BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (post_id, position)
);
CREATE TABLE poll_vote (
    post_id BIGINT NOT NULL REFERENCES post (id),
    account_id BIGINT NOT NULL REFERENCES account (id),
    position BIGINT NOT NULL,
    PRIMARY KEY (post_id, account_id, position)
);

CREATE TABLE favourite (
    post_id BIGINT NOT NULL REFERENCES post (id),
    account_id BIGINT NOT NULL REFERENCES account (id),
    id BIGINT NOT NULL,
    uri TEXT NOT NULL,
    emoji TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (post_id, account_id, emoji)
);
CREATE INDEX favourite_account ON favourite (account_id, id);
CREATE INDEX favourite_uri ON favourite (uri);

CREATE TABLE boost (
    id BIGINT PRIMARY KEY,
    uri TEXT NOT NULL UNIQUE,
    account_id BIGINT NOT NULL REFERENCES account (id),
    post_id BIGINT NOT NULL REFERENCES post (id),
    audience TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (account_id, post_id)
);
CREATE INDEX boost_account ON boost (account_id, id);
CREATE INDEX boost_post ON boost (post_id, id);

CREATE TABLE bookmark (
    account_id BIGINT NOT NULL REFERENCES account (id),
    post_id BIGINT NOT NULL REFERENCES post (id),
    id BIGINT NOT NULL,
    PRIMARY KEY (account_id, post_id)
);
CREATE INDEX bookmark_newest ON bookmark (account_id, id);

CREATE TABLE pin (
    account_id BIGINT NOT NULL REFERENCES account (id),
    post_id BIGINT NOT NULL REFERENCES post (id),
    id BIGINT NOT NULL,
    PRIMARY KEY (account_id, post_id)
);

-- What a program asked to publish once (`Idempotency-Key`), and what became of it.
CREATE TABLE idempotency (
    account_id BIGINT NOT NULL REFERENCES account (id),
    key TEXT NOT NULL,
    post_id BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, key)
);

-- A post that could not be published because the session had ended; shown again after sign-in.
CREATE TABLE draft (
    token_hash TEXT PRIMARY KEY,
    form TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
