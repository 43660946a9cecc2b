-- The tracks of the albums that are news on the date.
SELECT
    t.album_id,
    substr(t.name, 1, 300) AS name,
    t.duration_ms,
    t.explicit,
    t.spotify_url,
    count(*) OVER () AS total
FROM tracks_current AS t
JOIN new_releases AS n ON n.album_id = t.album_id
WHERE n.reported_on = CAST(? AS date)
ORDER BY n.release_date DESC, n.name, n.album_id, t.disc_number, t.track_number, t.track_id
LIMIT 1500
