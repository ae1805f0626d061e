-- How far a member has read a timeline in their programs.
CREATE TABLE marker (
    account_id BIGINT NOT NULL REFERENCES member (account_id) ON DELETE CASCADE,
    timeline TEXT NOT NULL,
    last_read_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, timeline)
);

CREATE INDEX conversation_thread ON conversation (thread_id);
