-- Which artists appear together on the most tracks?
SELECT
    x.artist_id,
    y.artist_id AS with_artist_id,
    count(*) AS tracks
FROM ${ViewsDatabase}.track_artists AS x
JOIN ${ViewsDatabase}.track_artists AS y
    ON y.album_id = x.album_id AND y.track_id = x.track_id AND y.artist_id > x.artist_id
WHERE x.gone_on IS NULL
GROUP BY x.artist_id, y.artist_id
ORDER BY tracks DESC, x.artist_id, with_artist_id
LIMIT 20
