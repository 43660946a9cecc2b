-- The numbers of artists followed on the date, and of artists, albums and tracks known.
SELECT 'followed' AS counted, count(DISTINCT o.entity_id) AS number
FROM observations AS o
WHERE o.status = 'followed' AND o.snapshot_date = CAST(? AS date)
UNION ALL
SELECT 'artists' AS counted, count(*) AS number
FROM artists_current AS t
WHERE t.gone_on IS NULL
UNION ALL
SELECT 'albums' AS counted, count(*) AS number
FROM albums_current AS t
WHERE t.gone_on IS NULL
UNION ALL
SELECT 'tracks' AS counted, count(*) AS number
FROM tracks_current AS t
WHERE t.gone_on IS NULL
