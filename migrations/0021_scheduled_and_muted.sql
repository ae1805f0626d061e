-- Posts that wait for their time. `draft` is what the member wrote (JSON); `problem` is why it could not be published when its time had come.
CREATE TABLE scheduled_post (
    id BIGINT PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES member (account_id) ON DELETE CASCADE,
    due_at BIGINT NOT NULL,
    draft TEXT NOT NULL,
    problem TEXT
);
CREATE INDEX scheduled_post_account ON scheduled_post (account_id, id);
CREATE INDEX scheduled_post_due ON scheduled_post (due_at) WHERE problem IS NULL;

-- Conversations of which a member wants to hear no more.
CREATE TABLE thread_mute (
    account_id BIGINT NOT NULL REFERENCES member (account_id) ON DELETE CASCADE,
    thread_id BIGINT NOT NULL,
    PRIMARY KEY (account_id, thread_id)
);
CREATE INDEX thread_mute_thread ON thread_mute (thread_id);
