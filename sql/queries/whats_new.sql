-- What is reported as new on the latest published date: albums, newest release first, then tracks added to known albums?
WITH
found AS (
    SELECT
        n.album_id,
        CAST(NULL AS varchar) AS track_id,
        n.name,
        array_join(n.artists, ', ') AS artists,
        n.album_type,
        n.release_date,
        n.total_tracks,
        n.spotify_url,
        n.kind,
        CAST(NULL AS varchar) AS album,
        n.reported_on
    FROM ${ViewsDatabase}.new_releases AS n
    UNION ALL
    SELECT
        n.album_id, n.entity_id, t.name, NULL, NULL, a.release_date, NULL, t.spotify_url, n.kind, a.name, n.reported_on
    FROM ${ViewsDatabase}.news AS n
    JOIN ${ViewsDatabase}.tracks AS t
        ON t.album_id = n.album_id AND t.track_id = n.entity_id AND t.snapshot_date = n.reported_on
    LEFT JOIN ${ViewsDatabase}.albums_current AS a ON a.album_id = n.album_id
    WHERE n.kind = 'added to its album'
)
SELECT f.name, f.artists, f.album_type, f.release_date, f.total_tracks, f.spotify_url, f.kind, f.album
FROM found AS f
WHERE f.reported_on = (SELECT max(CAST(p.snapshot_date AS date)) FROM ${LakeDatabase}.published AS p)
ORDER BY f.track_id IS NOT NULL, f.release_date DESC, f.name, f.album_id, f.track_id
LIMIT 50
