-- Character bigrams made by the node; a side table, so that it can be rebuilt.
CREATE TABLE post_search (rowid BIGINT PRIMARY KEY, body TSVECTOR NOT NULL);
CREATE INDEX post_search_body ON post_search USING gin (body);
CREATE TABLE account_search (rowid BIGINT PRIMARY KEY, body TSVECTOR NOT NULL);
CREATE INDEX account_search_body ON account_search USING gin (body);
