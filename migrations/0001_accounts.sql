-- The node's own settings: name, chapter, description, the one-time setup token. One row per key.
CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- Persons, groups and service actors, local and remote: one type.
CREATE TABLE account (
    id BIGINT PRIMARY KEY,
    uri TEXT NOT NULL UNIQUE,
    local BOOLEAN NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    host TEXT NOT NULL,
    display_name TEXT NOT NULL DEFAULT '',
    bio_html TEXT NOT NULL DEFAULT '',
    bio_source TEXT NOT NULL DEFAULT '',
    url TEXT NOT NULL,
    inbox TEXT NOT NULL,
    shared_inbox TEXT,
    outbox TEXT,
    followers_uri TEXT,
    featured_uri TEXT,
    avatar TEXT,
    header TEXT,
    fields TEXT NOT NULL DEFAULT '[]',
    locked BOOLEAN NOT NULL DEFAULT FALSE,
    discoverable BOOLEAN NOT NULL DEFAULT FALSE,
    indexable BOOLEAN NOT NULL DEFAULT FALSE,
    also_known_as TEXT NOT NULL DEFAULT '[]',
    moved_to TEXT,
    key_id TEXT NOT NULL,
    public_key TEXT NOT NULL,
    proof_key_id TEXT,
    proof_key TEXT,
    followers_count BIGINT NOT NULL DEFAULT 0,
    following_count BIGINT NOT NULL DEFAULT 0,
    posts_count BIGINT NOT NULL DEFAULT 0,
    last_post_at BIGINT,
    created_at BIGINT NOT NULL,
    refreshed_at BIGINT NOT NULL,
    suspended_at BIGINT,
    deleted_at BIGINT,
    UNIQUE (name, host)
);
CREATE INDEX account_url ON account (url);
CREATE INDEX account_key_id ON account (key_id);
CREATE INDEX account_proof_key_id ON account (proof_key_id);
CREATE INDEX account_host ON account (host, id);

-- Private keys of local accounts (base64 PKCS#8).
CREATE TABLE account_key (
    account_id BIGINT PRIMARY KEY REFERENCES account (id),
    rsa_private TEXT NOT NULL,
    ed25519_private TEXT NOT NULL
);

-- Local accounts that can sign in.
CREATE TABLE member (
    account_id BIGINT PRIMARY KEY REFERENCES account (id),
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    password_hash TEXT,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    lang TEXT NOT NULL DEFAULT 'ja',
    default_audience TEXT NOT NULL DEFAULT 'public',
    notifications_read_id BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);
CREATE INDEX member_state ON member (state, account_id);

-- Browser sessions. Only the hash of the cookie's token is kept.
CREATE TABLE session (
    token_hash TEXT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES member (account_id),
    csrf TEXT NOT NULL,
    user_agent TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    confirmed_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX session_account ON session (account_id, created_at);
CREATE INDEX session_expires ON session (expires_at);

-- Tokens for programs that speak for a member.
CREATE TABLE api_token (
    token_hash TEXT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES member (account_id),
    label TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL
);
CREATE INDEX api_token_account ON api_token (account_id);

-- Six-digit codes sent by mail: sign-in, sign-up, change of address, proof of identity.
CREATE TABLE mail_code (
    id BIGINT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    purpose TEXT NOT NULL,
    email TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    details TEXT NOT NULL DEFAULT '{}',
    tries BIGINT NOT NULL DEFAULT 0,
    expires_at BIGINT NOT NULL
);
CREATE INDEX mail_code_email ON mail_code (email, expires_at);

-- Mails to send, written in the action's transaction.
CREATE TABLE mail (
    id BIGINT PRIMARY KEY,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL DEFAULT 0,
    last_error TEXT
);
CREATE INDEX mail_next ON mail (next_at);

CREATE TABLE follow (
    follower_id BIGINT NOT NULL REFERENCES account (id),
    followee_id BIGINT NOT NULL REFERENCES account (id),
    id BIGINT NOT NULL UNIQUE,
    uri TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (follower_id, followee_id)
);
CREATE INDEX follow_followee ON follow (followee_id, state, id);
CREATE INDEX follow_follower ON follow (follower_id, state, id);
CREATE INDEX follow_uri ON follow (uri);

CREATE TABLE block (
    account_id BIGINT NOT NULL REFERENCES account (id),
    target_id BIGINT NOT NULL REFERENCES account (id),
    id BIGINT NOT NULL,
    uri TEXT NOT NULL,
    PRIMARY KEY (account_id, target_id)
);
CREATE INDEX block_target ON block (target_id, account_id);

CREATE TABLE mute (
    account_id BIGINT NOT NULL REFERENCES account (id),
    target_id BIGINT NOT NULL REFERENCES account (id),
    id BIGINT NOT NULL,
    PRIMARY KEY (account_id, target_id)
);
