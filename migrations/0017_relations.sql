-- How a member follows and mutes somebody, and what they note about them for themselves.
ALTER TABLE follow ADD COLUMN boosts BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE follow ADD COLUMN tells BOOLEAN NOT NULL DEFAULT FALSE;
-- Language codes, each between commas; empty for all.
ALTER TABLE follow ADD COLUMN langs TEXT NOT NULL DEFAULT '';
ALTER TABLE mute ADD COLUMN notifications BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE mute ADD COLUMN expires_at BIGINT;
CREATE INDEX mute_newest ON mute (account_id, id);
CREATE INDEX mute_expires ON mute (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX block_newest ON block (account_id, id);
CREATE TABLE account_note (
    account_id BIGINT NOT NULL REFERENCES account (id),
    target_id BIGINT NOT NULL REFERENCES account (id),
    note TEXT NOT NULL,
    PRIMARY KEY (account_id, target_id)
);

-- Hosts of which a member wants to see nobody.
CREATE TABLE host_block (
    account_id BIGINT NOT NULL REFERENCES account (id),
    host TEXT NOT NULL,
    id BIGINT NOT NULL,
    PRIMARY KEY (account_id, host)
);
CREATE INDEX host_block_newest ON host_block (account_id, id);

-- Whom a member recommends on their profile.
CREATE TABLE endorsement (
    account_id BIGINT NOT NULL REFERENCES account (id),
    target_id BIGINT NOT NULL REFERENCES account (id),
    id BIGINT NOT NULL,
    PRIMARY KEY (account_id, target_id)
);
CREATE INDEX endorsement_newest ON endorsement (account_id, id);

-- Tags whose posts come into a member's home, and tags that stand on their profile.
CREATE TABLE followed_tag (
    tag TEXT NOT NULL,
    account_id BIGINT NOT NULL REFERENCES account (id),
    id BIGINT NOT NULL,
    PRIMARY KEY (tag, account_id)
);
CREATE INDEX followed_tag_newest ON followed_tag (account_id, id);
CREATE TABLE featured_tag (
    account_id BIGINT NOT NULL REFERENCES account (id),
    tag TEXT NOT NULL,
    id BIGINT NOT NULL,
    PRIMARY KEY (account_id, tag)
);

-- How a member's new posts are at first, beside for whom.
ALTER TABLE member ADD COLUMN default_sensitive BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE member ADD COLUMN post_lang TEXT NOT NULL DEFAULT '';
