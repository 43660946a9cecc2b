-- The last observation of each track on its album, also if it is gone.
-- columns of tracks
-- column: snapshot_date date date of that observation
-- column: gone_on date first date on which it had left its album, or its album was gone; null if it is not gone
SELECT
    ${columns of tracks},
    t.snapshot_date,
    least(coalesce(g.left_on, a.gone_on), coalesce(a.gone_on, g.left_on)) AS gone_on
FROM (
    SELECT
        t.*,
        row_number() OVER (PARTITION BY t.album_id, t.track_id ORDER BY t.snapshot_date DESC) AS recency
    FROM ${ViewsDatabase}.tracks AS t
) AS t
LEFT JOIN (
    SELECT v.album_id, array_agg(v.snapshot_date) AS dates
    FROM ${ViewsDatabase}.album_visits AS v
    GROUP BY v.album_id
) AS v ON v.album_id = t.album_id
LEFT JOIN ${ViewsDatabase}.albums_current AS a ON a.album_id = t.album_id
CROSS JOIN UNNEST(ARRAY[array_min(filter(v.dates, d -> d > t.snapshot_date))]) AS g (left_on)
WHERE t.recency = 1
