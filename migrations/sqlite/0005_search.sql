-- Character bigrams made by the node; contentless, so the text is not stored twice.
CREATE VIRTUAL TABLE post_search USING fts5 (body, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1');
CREATE VIRTUAL TABLE account_search USING fts5 (body, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '1');
