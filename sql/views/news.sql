-- What is news, each on the one date on which it is reported: the first published date on which it has a row.
-- column: reported_on date the first published date with its row
-- column: entity string album or track
-- column: entity_id string Spotify's id of it
-- column: album_id string the album of a track; null for an album
-- column: first_seen date the date on which the pipeline first met the album, or first read the track
-- column: kind string of an album: released (at most 14 days before it was first seen) or added to Spotify; of a track: with its album or added to its album
WITH
firsts AS (
    SELECT
        a.album_id,
        min(a.snapshot_date) AS reported_on,
        min_by(a.first_seen, a.snapshot_date) AS first_seen,
        min_by(a.baseline, a.snapshot_date) AS baseline,
        min_by(
            CASE a.release_date_precision
                WHEN 'year' THEN date_add('day', -1, date_add('year', 1, a.release_date))
                WHEN 'month' THEN date_add('day', -1, date_add('month', 1, a.release_date))
                ELSE a.release_date
            END,
            a.snapshot_date
        ) AS released_by
    FROM ${ViewsDatabase}.albums AS a
    GROUP BY a.album_id
),
-- What was seen before the oldest rows that are kept was reported then: it returns, or its first rows have expired.
new_albums AS (
    SELECT f.*
    FROM firsts AS f
    JOIN (SELECT min(a.snapshot_date) AS day FROM ${ViewsDatabase}.albums AS a) AS oldest ON f.first_seen >= oldest.day
    WHERE NOT coalesce(f.baseline, f.first_seen < f.reported_on)
),
-- Each track on the first date with its row, and how many tracks of its album had rows before.
numbered AS (
    SELECT t.*, rank() OVER (PARTITION BY t.album_id ORDER BY t.reported_on) - 1 AS known
    FROM (
        SELECT t.album_id, t.track_id, min(t.snapshot_date) AS reported_on
        FROM ${ViewsDatabase}.tracks AS t
        GROUP BY t.album_id, t.track_id
    ) AS t
),
totals AS (
    SELECT
        a.album_id,
        a.total_tracks,
        a.snapshot_date AS since,
        lead(a.snapshot_date, 1, DATE '9999-12-31') OVER (PARTITION BY a.album_id ORDER BY a.snapshot_date) AS until
    FROM ${ViewsDatabase}.albums AS a
    WHERE a.total_tracks > 0
)
SELECT
    n.reported_on,
    'album' AS entity,
    n.album_id AS entity_id,
    CAST(NULL AS varchar) AS album_id,
    n.first_seen,
    if(n.released_by >= date_add('day', -14, n.first_seen), 'released', 'added to Spotify') AS kind
FROM new_albums AS n
UNION ALL
SELECT
    k.reported_on,
    'track',
    k.track_id,
    k.album_id,
    k.reported_on,
    if(k.known >= s.total_tracks, 'added to its album', 'with its album')
FROM numbered AS k
LEFT JOIN totals AS s ON s.album_id = k.album_id AND s.since < k.reported_on AND s.until >= k.reported_on
LEFT JOIN new_albums AS n ON n.album_id = k.album_id
WHERE n.album_id IS NOT NULL OR k.known >= s.total_tracks
