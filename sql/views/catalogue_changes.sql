-- What changed from one observation of a thing to the next: added, changed (a row a field), removed, and the like.
-- column: snapshot_date date the day on which it was observed
-- column: entity string artist, album or track
-- column: entity_id string Spotify's id of it
-- column: album_id string the album of a track
-- column: name string its name as observed
-- column: change string added, changed, removed, returned or no longer followed
-- column: field string the field that changed
-- column: old_value string the field before, as text
-- column: new_value string the field now, as text
WITH
artist_steps AS (
    SELECT
        t.*,
        lag(t.snapshot_date) OVER (PARTITION BY t.artist_id ORDER BY t.snapshot_date) AS previous_date
    FROM ${ViewsDatabase}.artists AS t
),
album_steps AS (
    SELECT
        t.*,
        lag(t.snapshot_date) OVER (PARTITION BY t.album_id ORDER BY t.snapshot_date) AS previous_date
    FROM ${ViewsDatabase}.albums AS t
),
track_steps AS (
    SELECT
        t.*,
        lag(t.snapshot_date) OVER (PARTITION BY t.album_id, t.track_id ORDER BY t.snapshot_date) AS previous_date
    FROM ${ViewsDatabase}.tracks AS t
),
album_visits AS (
    SELECT
        a.album_id,
        a.snapshot_date,
        lag(a.snapshot_date) OVER (PARTITION BY a.album_id ORDER BY a.snapshot_date) AS previous_date
    FROM ${ViewsDatabase}.albums AS a
    JOIN (
        SELECT t.album_id, t.snapshot_date, count(*) AS tracks
        FROM ${ViewsDatabase}.tracks AS t
        GROUP BY t.album_id, t.snapshot_date
    ) AS seen ON seen.album_id = a.album_id AND seen.snapshot_date = a.snapshot_date
    WHERE seen.tracks >= a.total_tracks
),
names AS (
    SELECT 'artist' AS entity, t.artist_id AS entity_id, t.name FROM ${ViewsDatabase}.artists_current AS t
    UNION ALL
    SELECT 'album', t.album_id, t.name FROM ${ViewsDatabase}.albums_current AS t
),
sightings AS (
    SELECT o.entity, o.entity_id, o.snapshot_date, o.status = 'gone' AS is_gone
    FROM ${ViewsDatabase}.observations AS o
    WHERE o.entity <> 'track' AND o.status <> 'followed'
    UNION ALL
    SELECT 'artist', t.artist_id, t.snapshot_date, FALSE FROM ${ViewsDatabase}.artists AS t
    UNION ALL
    SELECT 'album', t.album_id, t.snapshot_date, FALSE FROM ${ViewsDatabase}.albums AS t
),
sighting_steps AS (
    SELECT
        s.*,
        lag(s.is_gone) OVER (PARTITION BY s.entity, s.entity_id ORDER BY s.snapshot_date, s.is_gone) AS was_gone
    FROM sightings AS s
),
followed AS (
    SELECT o.entity_id, o.snapshot_date FROM ${ViewsDatabase}.observations AS o WHERE o.status = 'followed'
),
follow_days AS (
    SELECT d.snapshot_date, lead(d.snapshot_date) OVER (ORDER BY d.snapshot_date) AS next_date
    FROM (SELECT DISTINCT f.snapshot_date FROM followed AS f) AS d
)
SELECT
    o.snapshot_date,
    'artist' AS entity,
    o.artist_id AS entity_id,
    CAST(NULL AS varchar) AS album_id,
    o.name,
    'added' AS change,
    CAST(NULL AS varchar) AS field,
    CAST(NULL AS varchar) AS old_value,
    CAST(NULL AS varchar) AS new_value
FROM artist_steps AS o
WHERE o.previous_date IS NULL AND o.first_seen = o.snapshot_date
UNION ALL
SELECT
    o.snapshot_date,
    'album' AS entity,
    o.album_id AS entity_id,
    CAST(NULL AS varchar) AS album_id,
    o.name,
    'added' AS change,
    CAST(NULL AS varchar) AS field,
    CAST(NULL AS varchar) AS old_value,
    CAST(NULL AS varchar) AS new_value
FROM album_steps AS o
WHERE o.previous_date IS NULL AND o.first_seen = o.snapshot_date
UNION ALL
SELECT
    o.snapshot_date,
    'track' AS entity,
    o.track_id AS entity_id,
    o.album_id AS album_id,
    o.name,
    'added' AS change,
    CAST(NULL AS varchar) AS field,
    CAST(NULL AS varchar) AS old_value,
    CAST(NULL AS varchar) AS new_value
FROM track_steps AS o
WHERE o.previous_date IS NULL AND o.first_seen = o.snapshot_date
UNION ALL
SELECT
    o.snapshot_date,
    'artist' AS entity,
    o.artist_id AS entity_id,
    CAST(NULL AS varchar) AS album_id,
    o.name,
    'changed' AS change,
    c.field,
    c.old_value,
    c.new_value
FROM artist_steps AS o
JOIN ${ViewsDatabase}.artists AS w ON w.artist_id = o.artist_id AND w.snapshot_date = o.previous_date
CROSS JOIN UNNEST(
    ARRAY[${fields of artists}],
    ARRAY[${texts of artists as w}],
    ARRAY[${texts of artists as o}]
) AS c (field, old_value, new_value)
WHERE c.old_value IS DISTINCT FROM c.new_value
    AND NOT (c.field IN (${optional of artists}) AND (c.old_value IS NULL OR c.new_value IS NULL))
UNION ALL
SELECT
    o.snapshot_date,
    'album' AS entity,
    o.album_id AS entity_id,
    CAST(NULL AS varchar) AS album_id,
    o.name,
    'changed' AS change,
    c.field,
    c.old_value,
    c.new_value
FROM album_steps AS o
JOIN ${ViewsDatabase}.albums AS w ON w.album_id = o.album_id AND w.snapshot_date = o.previous_date
CROSS JOIN UNNEST(
    ARRAY[${fields of albums}],
    ARRAY[${texts of albums as w}],
    ARRAY[${texts of albums as o}]
) AS c (field, old_value, new_value)
WHERE c.old_value IS DISTINCT FROM c.new_value
    AND NOT (c.field IN (${optional of albums}) AND (c.old_value IS NULL OR c.new_value IS NULL))
UNION ALL
SELECT
    o.snapshot_date,
    'track' AS entity,
    o.track_id AS entity_id,
    o.album_id AS album_id,
    o.name,
    'changed' AS change,
    c.field,
    c.old_value,
    c.new_value
FROM track_steps AS o
JOIN ${ViewsDatabase}.tracks AS w ON w.album_id = o.album_id AND w.track_id = o.track_id AND w.snapshot_date = o.previous_date
CROSS JOIN UNNEST(
    ARRAY[${fields of tracks}],
    ARRAY[${texts of tracks as w}],
    ARRAY[${texts of tracks as o}]
) AS c (field, old_value, new_value)
WHERE c.old_value IS DISTINCT FROM c.new_value
    AND NOT (c.field IN (${optional of tracks}) AND (c.old_value IS NULL OR c.new_value IS NULL))
UNION ALL
SELECT
    v.snapshot_date,
    'track' AS entity,
    w.track_id AS entity_id,
    w.album_id,
    w.name,
    'removed' AS change,
    CAST(NULL AS varchar) AS field,
    CAST(NULL AS varchar) AS old_value,
    CAST(NULL AS varchar) AS new_value
FROM album_visits AS v
JOIN ${ViewsDatabase}.tracks AS w ON w.album_id = v.album_id AND w.snapshot_date = v.previous_date
LEFT JOIN ${ViewsDatabase}.tracks AS o
    ON o.album_id = w.album_id AND o.track_id = w.track_id AND o.snapshot_date = v.snapshot_date
WHERE o.track_id IS NULL
UNION ALL
SELECT
    s.snapshot_date,
    s.entity,
    s.entity_id,
    CAST(NULL AS varchar) AS album_id,
    n.name,
    CASE WHEN s.is_gone THEN 'removed' ELSE 'returned' END AS change,
    CAST(NULL AS varchar) AS field,
    CAST(NULL AS varchar) AS old_value,
    CAST(NULL AS varchar) AS new_value
FROM sighting_steps AS s
LEFT JOIN names AS n ON n.entity = s.entity AND n.entity_id = s.entity_id
WHERE s.is_gone IS DISTINCT FROM coalesce(s.was_gone, FALSE)
UNION ALL
SELECT
    d.next_date AS snapshot_date,
    'artist' AS entity,
    f.entity_id,
    CAST(NULL AS varchar) AS album_id,
    n.name,
    'no longer followed' AS change,
    CAST(NULL AS varchar) AS field,
    CAST(NULL AS varchar) AS old_value,
    CAST(NULL AS varchar) AS new_value
FROM followed AS f
JOIN follow_days AS d ON d.snapshot_date = f.snapshot_date
LEFT JOIN followed AS x ON x.entity_id = f.entity_id AND x.snapshot_date = d.next_date
LEFT JOIN names AS n ON n.entity = 'artist' AND n.entity_id = f.entity_id
WHERE d.next_date IS NOT NULL AND x.entity_id IS NULL
