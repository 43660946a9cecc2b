-- The albums that are news in the thirty dates up to the date, the newest date first.
SELECT
    CAST(n.reported_on AS varchar) AS found_on,
    n.kind,
    n.album_id,
    substr(n.name, 1, 300) AS name,
    substr(array_join(n.artists, ', '), 1, 300) AS artists,
    n.album_type,
    n.total_tracks,
    CASE a.release_date_precision
        WHEN 'year' THEN substr(CAST(n.release_date AS varchar), 1, 4)
        WHEN 'month' THEN substr(CAST(n.release_date AS varchar), 1, 7)
        ELSE CAST(n.release_date AS varchar)
    END AS released,
    count(*) OVER (PARTITION BY n.reported_on) AS of_date
FROM new_releases AS n
JOIN albums_current AS a ON a.album_id = n.album_id
WHERE n.reported_on BETWEEN date_add('day', -29, CAST(? AS date)) AND CAST(? AS date)
ORDER BY n.reported_on DESC, n.kind DESC, n.release_date DESC, n.name, n.album_id
LIMIT 5000
