-- Albums and tracks that are news. Each is reported on one date: the first published date on which it has a row.
-- column: reported_on date the first published date with its row
-- column: entity string album or track
-- column: entity_id string Spotify's id of the entity
-- column: album_id string the album of a track; null for an album
-- column: first_seen date the date on which the pipeline first saw the album, or first read the track
-- column: kind string of an album: released (at most 14 days before it was first seen) or added to Spotify; of a track: with its album or added to its album
WITH
-- The row that can make an album news: its first row with baseline = false, or its first row if baseline is always null.
candidates AS (
    SELECT a.*
    FROM (
        SELECT
            a.album_id,
            a.snapshot_date,
            a.first_seen,
            a.artist_ids,
            a.baseline,
            CASE a.release_date_precision
                WHEN 'year' THEN date_add('day', -1, date_add('year', 1, a.release_date))
                WHEN 'month' THEN date_add('day', -1, date_add('month', 1, a.release_date))
                ELSE a.release_date
            END AS released_by,
            min(a.snapshot_date) OVER (PARTITION BY a.album_id) AS first_on,
            min(if(NOT a.baseline, a.snapshot_date)) OVER (PARTITION BY a.album_id) AS new_on,
            bool_and(a.baseline) OVER (PARTITION BY a.album_id) AS is_baseline
        FROM ${ViewsDatabase}.albums AS a
    ) AS a
    WHERE NOT coalesce(a.is_baseline, FALSE)
        AND a.snapshot_date = if(a.baseline IS NULL, a.first_on, a.new_on)
),
-- For albums that only files name: since when an artist of theirs is followed, and since when files name the artist.
judged AS (
    SELECT
        c.album_id,
        c.snapshot_date,
        c.first_seen,
        c.released_by,
        c.baseline,
        if(c.baseline IS NULL, c.snapshot_date, c.first_seen) AS met_on,
        coalesce(min(o.since) <= c.snapshot_date, FALSE) AS is_followed,
        min(c.known_since) AS known_since
    FROM (
        SELECT
            c.*,
            r.artist_id,
            min(if(c.baseline IS NULL, c.snapshot_date)) OVER (PARTITION BY r.artist_id) AS known_since
        FROM candidates AS c
        LEFT JOIN UNNEST(c.artist_ids) AS r (artist_id) ON TRUE
    ) AS c
    LEFT JOIN (
        SELECT o.entity_id, min(o.snapshot_date) AS since
        FROM ${ViewsDatabase}.observations AS o
        WHERE o.status = 'followed'
        GROUP BY o.entity_id
    ) AS o ON o.entity_id = c.artist_id
    GROUP BY c.album_id, c.snapshot_date, c.first_seen, c.released_by, c.baseline
),
-- The newest published run of each date, and that of the date before. A run that is older than every run that still has
-- rows has expired, whatever its date: an album that was first seen on its date was reported then.
shown AS (
    SELECT
        CAST(r.snapshot_date AS date) AS snapshot_date,
        max(r.run_id) AS run_id,
        lag(max(r.run_id)) OVER (ORDER BY r.snapshot_date) AS run_before
    FROM ${LakeDatabase}.runs AS r
    WHERE r.outcome IN ('published', 'partial')
    GROUP BY r.snapshot_date
),
new_albums AS (
    SELECT
        f.album_id,
        min(f.snapshot_date) AS reported_on,
        min_by(f.first_seen, f.snapshot_date) AS first_seen,
        min_by(f.released_by, f.snapshot_date) AS released_by
    FROM judged AS f
    CROSS JOIN (
        SELECT min(a.snapshot_date) AS day, min(a.run_id) AS run_id FROM ${ViewsDatabase}.albums AS a
    ) AS oldest
    LEFT JOIN shown AS s ON s.snapshot_date = f.met_on
    WHERE if(
        f.baseline IS NULL,
        f.snapshot_date > oldest.day
            AND NOT coalesce(s.run_before < oldest.run_id, FALSE)
            AND (
                f.released_by >= date_add('day', -14, f.snapshot_date)
                OR f.first_seen > f.known_since AND NOT f.is_followed
            ),
        f.first_seen >= oldest.day AND NOT coalesce(s.run_id < oldest.run_id, FALSE)
    )
    GROUP BY f.album_id
),
-- Each track, the first date with its row since its album is news, and how many tracks of the album had rows before.
numbered AS (
    SELECT t.*, rank() OVER (PARTITION BY t.album_id ORDER BY t.reported_on) - 1 AS known
    FROM (
        SELECT t.album_id, t.track_id, n.reported_on AS new_on, min(t.snapshot_date) AS reported_on
        FROM ${ViewsDatabase}.tracks AS t
        LEFT JOIN new_albums AS n ON n.album_id = t.album_id
        WHERE t.snapshot_date >= coalesce(n.reported_on, t.snapshot_date)
        GROUP BY t.album_id, t.track_id, n.reported_on
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
WHERE k.new_on IS NOT NULL OR k.known >= s.total_tracks
