-- What members tell of themselves, field by field, each for an audience that they chose and when they chose it: our members' own words, and
-- copies of what the network's nodes told of theirs (`network` and `public` only).
CREATE TABLE account_detail (
    account_id BIGINT NOT NULL REFERENCES account (id),
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    audience TEXT NOT NULL,
    chosen_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, field)
);
