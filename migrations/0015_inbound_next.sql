-- Whether anything is due at all is asked every second, while much may wait for long.
CREATE INDEX inbound_next ON inbound (next_at) WHERE state = 'waiting';
