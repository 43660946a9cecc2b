-- What was met for the first time on the latest published date, newest release first?
SELECT
    n.name,
    array_join(n.artists, ', ') AS artists,
    n.album_type,
    n.release_date,
    n.total_tracks,
    n.spotify_url
FROM ${ViewsDatabase}.new_releases AS n
WHERE n.first_seen = (SELECT max(a.snapshot_date) FROM ${ViewsDatabase}.albums AS a)
ORDER BY n.release_date DESC, n.name, n.album_id
LIMIT 20
