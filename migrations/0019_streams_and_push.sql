-- What open streams are told. Kept for an hour, so that every process of the node hears it.
CREATE TABLE live_event (
    id BIGINT PRIMARY KEY,
    kind TEXT NOT NULL,
    account_id BIGINT,
    post_id BIGINT,
    item_id BIGINT
);

-- The node's key for push services: one row, base64 PKCS#8.
CREATE TABLE push_key (
    id BIGINT PRIMARY KEY,
    private_key TEXT NOT NULL
);

-- Where a program wants to be told of notifications: one for each token, gone with it. `alerts` are words with a space on either side.
CREATE TABLE push_subscription (
    id BIGINT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE REFERENCES api_token (token_hash) ON DELETE CASCADE,
    account_id BIGINT NOT NULL REFERENCES member (account_id),
    endpoint TEXT NOT NULL,
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    standard BOOLEAN NOT NULL,
    alerts TEXT NOT NULL,
    policy TEXT NOT NULL
);
CREATE INDEX push_subscription_account ON push_subscription (account_id);

-- Notifications on their way to push services, written with the notification.
CREATE TABLE push (
    subscription_id BIGINT NOT NULL REFERENCES push_subscription (id) ON DELETE CASCADE,
    notification_id BIGINT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    next_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (subscription_id, notification_id)
);
CREATE INDEX push_next ON push (next_at);
