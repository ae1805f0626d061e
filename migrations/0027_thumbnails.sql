-- Whether a thumbnail is still shown is asked for each file that is to be deleted.
CREATE INDEX media_thumbnail ON media (thumbnail_url) WHERE thumbnail_url IS NOT NULL;
