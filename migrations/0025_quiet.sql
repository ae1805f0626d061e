-- Posts that were fetched and shown to nobody: they are shown when they are sent, once.
ALTER TABLE post ADD COLUMN quiet BOOLEAN NOT NULL DEFAULT FALSE;
