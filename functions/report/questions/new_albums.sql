-- The albums that are news on the date, newest release first.
SELECT
    n.album_id,
    substr(n.name, 1, 300) AS name,
    substr(array_join(n.artists, ', '), 1, 300) AS artists,
    n.album_type,
    CAST(n.release_date AS varchar) AS release_date,
    n.total_tracks,
    n.spotify_url,
    count(*) OVER () AS total
FROM new_releases AS n
WHERE n.reported_on = CAST(? AS date)
ORDER BY n.release_date DESC, n.name, n.album_id
LIMIT 300
