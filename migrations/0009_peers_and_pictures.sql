-- Since when a peer has answered without a failure between.
ALTER TABLE peer ADD COLUMN up_since BIGINT;

-- Pictures of member nodes that were fetched before anybody looked, and those that this node keeps for the others.
CREATE TABLE picture_ahead (
    url TEXT PRIMARY KEY,
    bytes BIGINT NOT NULL,
    kept BOOLEAN NOT NULL,
    fetched_at BIGINT NOT NULL
);
CREATE INDEX media_url ON media (url);
