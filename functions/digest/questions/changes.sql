-- What was removed, returned, became playable or not playable, or was added to a known album in the thirty dates up to
-- the date. A response without a market does not say whether a track is playable: then the earlier value counts.
SELECT
    CAST(c.snapshot_date AS varchar) AS found_on,
    c.change,
    c.entity,
    c.entity_id,
    c.album_id,
    substr(c.name, 1, 300) AS name,
    substr(c.new_value, 1, 10) AS new_value,
    count(*) OVER (PARTITION BY c.snapshot_date) AS of_date
FROM (
    SELECT
        c.*,
        coalesce(c.old_value, lag(c.old_value) OVER (PARTITION BY c.field, c.album_id, c.entity_id ORDER BY c.snapshot_date))
            AS said_before
    FROM catalogue_changes AS c
) AS c
WHERE c.snapshot_date BETWEEN date_add('day', -29, CAST(? AS date)) AND CAST(? AS date)
    AND (
        c.change IN ('removed', 'returned')
        OR (c.field = 'is_playable' AND c.new_value <> c.said_before)
        OR (c.change = 'added' AND c.kind = 'added to its album')
    )
ORDER BY c.snapshot_date DESC, c.entity, c.name, c.entity_id, c.album_id, c.change, c.field
LIMIT 5000
