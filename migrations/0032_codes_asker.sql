-- Who asked for a code, as a hash of the address: whoever asks in somebody's name uses up their own codes, and not that member's.
ALTER TABLE mail_code ADD COLUMN asker TEXT NOT NULL DEFAULT '';
