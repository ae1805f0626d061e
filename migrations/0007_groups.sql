-- Public posts of the network that came more than two days after they were written: announced together, in one digest.
CREATE TABLE group_late (
    post_id BIGINT PRIMARY KEY REFERENCES post (id),
    came_at BIGINT NOT NULL
);
CREATE INDEX group_late_came ON group_late (came_at);
