-- The albums that are news on the date, newest release first.
SELECT
    n.album_id,
    substr(n.name, 1, 300) AS name,
    substr(array_join(n.artists, ', '), 1, 300) AS artists,
    n.album_type,
    CASE a.release_date_precision
        WHEN 'year' THEN substr(CAST(n.release_date AS varchar), 1, 4)
        WHEN 'month' THEN substr(CAST(n.release_date AS varchar), 1, 7)
        ELSE CAST(n.release_date AS varchar)
    END AS release_date,
    n.total_tracks,
    n.spotify_url,
    count(*) OVER () AS total
FROM new_releases AS n
JOIN albums_current AS a ON a.album_id = n.album_id
WHERE n.reported_on = CAST(? AS date)
ORDER BY n.release_date DESC, n.name, n.album_id
LIMIT 300
