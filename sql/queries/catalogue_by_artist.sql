-- How large is each artist's catalogue, and when did it last grow?
SELECT
    r.name AS artist,
    count(a.album_id) AS albums,
    sum(a.total_tracks) AS tracks,
    max(a.release_date) AS latest_release,
    max(a.first_seen) AS last_met
FROM ${ViewsDatabase}.artists_current AS r
LEFT JOIN (
    SELECT DISTINCT n.artist_id, a.album_id, a.total_tracks, a.release_date, a.first_seen
    FROM ${ViewsDatabase}.albums_current AS a
    CROSS JOIN UNNEST(a.artist_ids) AS n (artist_id)
    WHERE a.gone_on IS NULL
) AS a ON a.artist_id = r.artist_id
WHERE r.gone_on IS NULL
GROUP BY r.artist_id, r.name
ORDER BY albums DESC, artist, r.artist_id
