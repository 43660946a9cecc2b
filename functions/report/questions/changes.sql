-- What changed on the date, the tracks of albums met on it aside: they are told with their album.
SELECT
    c.change,
    c.entity,
    c.entity_id,
    c.album_id,
    substr(c.name, 1, 300) AS name,
    substr(a.name, 1, 300) AS album,
    c.field,
    substr(c.old_value, 1, 300) AS old_value,
    substr(c.new_value, 1, 300) AS new_value,
    count(*) OVER (PARTITION BY c.change) AS total
FROM catalogue_changes AS c
LEFT JOIN albums_current AS a ON a.album_id = c.album_id
WHERE c.snapshot_date = CAST(? AS date)
    AND NOT (c.change = 'added' AND c.entity = 'album')
    AND NOT (c.change = 'added' AND c.entity = 'track' AND a.first_seen = c.snapshot_date)
ORDER BY c.change, c.entity, c.name, c.entity_id, c.field, c.album_id
LIMIT 600
