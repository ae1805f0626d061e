-- Since when a peer has answered without a failure between.
ALTER TABLE peer ADD COLUMN up_since BIGINT;
