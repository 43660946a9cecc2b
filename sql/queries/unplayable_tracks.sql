-- Which tracks cannot be played in the configured market?
SELECT
    t.name,
    a.name AS album,
    t.snapshot_date,
    t.spotify_url
FROM ${ViewsDatabase}.tracks_current AS t
JOIN ${ViewsDatabase}.albums_current AS a ON a.album_id = t.album_id
WHERE NOT t.is_playable AND t.gone_on IS NULL
ORDER BY a.name, t.disc_number, t.track_number, t.album_id, t.track_id
LIMIT 50
