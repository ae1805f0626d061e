-- Members who were shut out are suspended: hidden, too, which others are told once.
ALTER TABLE member ADD COLUMN suspension_said BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE account SET suspended_at = (SELECT last_seen_at FROM member m WHERE m.account_id = account.id)
WHERE id IN (SELECT account_id FROM member WHERE state = 'disabled');
UPDATE member SET state = 'suspended' WHERE state = 'disabled';
CREATE INDEX member_suspension ON member (account_id) WHERE (state = 'suspended') <> suspension_said;
