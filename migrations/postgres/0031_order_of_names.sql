-- What begins with a prefix is looked for between two bounds, which holds in the order of code points alone, and not in that of a language.
ALTER TABLE account ALTER COLUMN name TYPE TEXT COLLATE "C";
ALTER TABLE post_tag ALTER COLUMN tag TYPE TEXT COLLATE "C";
