-- A delivery waits for earlier ones of its lane to the same inbox alone, so that an inbox that fails holds up no other of its host.
DROP INDEX delivery_lane;
CREATE INDEX delivery_lane ON delivery (host, lane, inbox, id);
