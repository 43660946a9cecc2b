-- Counts of the current catalogue for the charts: albums by year, month and artist, tracks by length.
SELECT 'year' AS counted, CAST(year(a.release_date) AS varchar) AS label, a.album_type AS kind, count(*) AS number
FROM albums_current AS a
WHERE a.release_date IS NOT NULL AND a.gone_on IS NULL
GROUP BY year(a.release_date), a.album_type
UNION ALL
SELECT 'month' AS counted, substr(CAST(a.release_date AS varchar), 1, 7) AS label, a.album_type AS kind, count(*) AS number
FROM albums_current AS a
WHERE a.gone_on IS NULL AND a.release_date_precision <> 'year' AND a.release_date >= date_add('month', -24, CAST(? AS date))
GROUP BY substr(CAST(a.release_date AS varchar), 1, 7), a.album_type
UNION ALL
SELECT 'artist' AS counted, substr(r.name, 1, 100) AS label, a.album_type AS kind, count(DISTINCT a.album_id) AS number
FROM albums_current AS a
CROSS JOIN UNNEST(a.artist_ids) AS n (artist_id)
JOIN artists_current AS r ON r.artist_id = n.artist_id
WHERE r.gone_on IS NULL AND a.gone_on IS NULL
GROUP BY r.artist_id, r.name, a.album_type
UNION ALL
SELECT 'minutes' AS counted, CAST(least(t.duration_ms / 60000, 10) AS varchar) AS label, 'track' AS kind, count(*) AS number
FROM tracks_current AS t
WHERE t.duration_ms IS NOT NULL AND t.gone_on IS NULL
GROUP BY least(t.duration_ms / 60000, 10)
UNION ALL
SELECT 'known' AS counted, 'artists' AS label, '' AS kind, count(*) AS number
FROM artists_current AS r
WHERE r.gone_on IS NULL
