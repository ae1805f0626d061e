-- Our private lane to each peer: its id, which another history of this node never bears, and the last number that was given out.
CREATE TABLE lane_head (
    peer TEXT PRIMARY KEY,
    lane TEXT NOT NULL,
    seq BIGINT NOT NULL
);
-- What is on its way in it, until the peer has signed that it has it. `inboxes` is a JSON list: whom at the peer it is for.
CREATE TABLE lane_out (
    peer TEXT NOT NULL,
    seq BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    uri TEXT NOT NULL,
    inboxes TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (peer, seq)
);
-- How far each peer's lane to us was stored, the digest of the last item, and the ids of its earlier lanes (a JSON list).
CREATE TABLE lane_in (
    peer TEXT PRIMARY KEY,
    lane TEXT NOT NULL,
    seq BIGINT NOT NULL,
    last TEXT NOT NULL,
    earlier TEXT NOT NULL
);
