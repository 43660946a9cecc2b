-- How large is each artist's catalogue, and when did it last grow?
SELECT
    r.name AS artist,
    count(DISTINCT a.album_id) AS albums,
    sum(a.total_tracks) AS tracks,
    max(a.release_date) AS latest_release,
    max(a.first_seen) AS last_met
FROM ${ViewsDatabase}.artists_current AS r
LEFT JOIN ${ViewsDatabase}.albums_current AS a ON contains(a.artist_ids, r.artist_id) AND a.gone_on IS NULL
WHERE r.gone_on IS NULL
GROUP BY r.artist_id, r.name
ORDER BY albums DESC, artist, r.artist_id
