-- Which tracks are the longest?
SELECT
    t.name,
    a.name AS album,
    CAST(t.duration_ms / 60000 AS varchar) || ':' || lpad(CAST(t.duration_ms / 1000 % 60 AS varchar), 2, '0') AS length,
    t.spotify_url
FROM ${ViewsDatabase}.tracks_current AS t
JOIN ${ViewsDatabase}.albums_current AS a ON a.album_id = t.album_id
WHERE t.gone_on IS NULL AND t.duration_ms IS NOT NULL
ORDER BY t.duration_ms DESC, t.track_id, t.album_id
LIMIT 10
