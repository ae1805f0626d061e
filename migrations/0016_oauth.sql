-- Programs that registered themselves, or that the operator registered. Only the hash of the secret is kept. Redirect addresses: one a line.
CREATE TABLE oauth_app (
    id BIGINT PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE,
    secret_hash TEXT NOT NULL,
    name TEXT NOT NULL,
    website TEXT,
    redirect_uris TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- What a member allowed a program, until it fetches its token: once, within ten minutes.
CREATE TABLE oauth_code (
    code_hash TEXT PRIMARY KEY,
    app_id BIGINT NOT NULL REFERENCES oauth_app (id),
    account_id BIGINT NOT NULL REFERENCES member (account_id),
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    code_challenge TEXT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX oauth_code_account ON oauth_code (account_id);
CREATE INDEX oauth_code_expires ON oauth_code (expires_at);

-- Tokens of programs that speak for no member.
CREATE TABLE app_token (
    token_hash TEXT PRIMARY KEY,
    app_id BIGINT NOT NULL REFERENCES oauth_app (id),
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

-- Tokens that were there before keep all rights.
ALTER TABLE api_token ADD COLUMN app_id BIGINT REFERENCES oauth_app (id);
ALTER TABLE api_token ADD COLUMN scopes TEXT NOT NULL DEFAULT 'read write follow push profile admin:read admin:write';
