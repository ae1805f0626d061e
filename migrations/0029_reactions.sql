-- Whoever reacts to a post with an emoji likes it: until now those who had no plain like were not counted.
UPDATE post SET likes_count = likes_count + (
    SELECT COUNT(DISTINCT f.account_id) FROM favourite f
    WHERE f.post_id = post.id AND NOT EXISTS (
        SELECT 1 FROM favourite g WHERE g.post_id = f.post_id AND g.account_id = f.account_id AND g.emoji = ''))
WHERE id IN (SELECT post_id FROM favourite WHERE emoji <> '');
