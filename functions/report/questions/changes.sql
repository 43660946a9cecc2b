-- What changed on the date, without albums that are news and their tracks: other queries return these.
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
LEFT JOIN (
    SELECT t.album_id, max_by(t.name, t.snapshot_date) AS name
    FROM albums AS t
    GROUP BY t.album_id
) AS a ON a.album_id = c.album_id
WHERE c.snapshot_date = CAST(? AS date)
    AND NOT (c.change = 'added' AND c.entity = 'album')
    AND NOT coalesce(c.kind = 'with its album', FALSE)
ORDER BY c.change, c.entity, c.name, c.entity_id, c.field, c.album_id
LIMIT 600
