-- What went, came back, became playable or not, or was added to a known album on the thirty dates that end with the date.
SELECT
    CAST(c.snapshot_date AS varchar) AS found_on,
    c.change,
    c.entity,
    c.entity_id,
    c.album_id,
    substr(c.name, 1, 300) AS name,
    substr(c.new_value, 1, 10) AS new_value,
    count(*) OVER (PARTITION BY c.snapshot_date) AS of_date
FROM catalogue_changes AS c
WHERE c.snapshot_date BETWEEN date_add('day', -29, CAST(? AS date)) AND CAST(? AS date)
    AND (
        c.change IN ('removed', 'returned')
        OR c.field = 'is_playable'
        OR (c.change = 'added' AND c.kind = 'added to its album')
    )
ORDER BY c.snapshot_date DESC, c.entity, c.name, c.entity_id, c.album_id, c.change, c.field
LIMIT 5000
