-- Who wants to be told of an author's posts: few of those who follow them.
CREATE INDEX follow_tells ON follow (followee_id, state) WHERE tells = TRUE;
