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
observed AS (
    SELECT
        'artist' AS entity,
        t.artist_id AS entity_id,
        CAST(NULL AS varchar) AS album_id,
        t.name,
        t.first_seen,
        t.snapshot_date,
        ARRAY[${fields of artists}] AS fields,
        ARRAY[${optional of artists}] AS optional_fields,
        ARRAY[${texts of artists as t}] AS texts
    FROM ${ViewsDatabase}.artists AS t
    UNION ALL
    SELECT
        'album', t.album_id, NULL, t.name, t.first_seen, t.snapshot_date,
        ARRAY[${fields of albums}], ARRAY[${optional of albums}], ARRAY[${texts of albums as t}]
    FROM ${ViewsDatabase}.albums AS t
    UNION ALL
    SELECT
        'track', t.track_id, t.album_id, t.name, t.first_seen, t.snapshot_date,
        ARRAY[${fields of tracks}], ARRAY[${optional of tracks}], ARRAY[${texts of tracks as t}]
    FROM ${ViewsDatabase}.tracks AS t
),
steps AS (
    SELECT
        o.*,
        lag(o.snapshot_date) OVER (PARTITION BY o.entity, o.album_id, o.entity_id ORDER BY o.snapshot_date) AS previous_date,
        lag(o.texts) OVER (PARTITION BY o.entity, o.album_id, o.entity_id ORDER BY o.snapshot_date) AS previous_texts
    FROM observed AS o
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
    s.snapshot_date,
    s.entity,
    s.entity_id,
    s.album_id,
    s.name,
    'changed' AS change,
    c.field,
    c.old_value,
    c.new_value
FROM steps AS s
CROSS JOIN UNNEST(s.fields, s.previous_texts, s.texts) AS c (field, old_value, new_value)
WHERE s.previous_date IS NOT NULL
    AND c.old_value IS DISTINCT FROM c.new_value
    AND NOT (contains(s.optional_fields, c.field) AND (c.old_value IS NULL OR c.new_value IS NULL))
UNION ALL
SELECT s.snapshot_date, s.entity, s.entity_id, s.album_id, s.name, 'added', NULL, NULL, NULL
FROM steps AS s
WHERE s.previous_date IS NULL AND s.first_seen = s.snapshot_date
UNION ALL
SELECT v.snapshot_date, 'track', w.track_id, w.album_id, w.name, 'removed', NULL, NULL, NULL
FROM album_visits AS v
JOIN ${ViewsDatabase}.tracks AS w ON w.album_id = v.album_id AND w.snapshot_date = v.previous_date
LEFT JOIN ${ViewsDatabase}.tracks AS o
    ON o.album_id = w.album_id AND o.track_id = w.track_id AND o.snapshot_date = v.snapshot_date
WHERE o.track_id IS NULL
UNION ALL
SELECT s.snapshot_date, s.entity, s.entity_id, NULL, n.name, if(s.is_gone, 'removed', 'returned'), NULL, NULL, NULL
FROM sighting_steps AS s
LEFT JOIN names AS n ON n.entity = s.entity AND n.entity_id = s.entity_id
WHERE s.is_gone IS DISTINCT FROM coalesce(s.was_gone, FALSE)
UNION ALL
SELECT d.next_date, 'artist', f.entity_id, NULL, n.name, 'no longer followed', NULL, NULL, NULL
FROM followed AS f
JOIN follow_days AS d ON d.snapshot_date = f.snapshot_date
LEFT JOIN followed AS x ON x.entity_id = f.entity_id AND x.snapshot_date = d.next_date
LEFT JOIN names AS n ON n.entity = 'artist' AND n.entity_id = f.entity_id
WHERE d.next_date IS NOT NULL AND x.entity_id IS NULL
