-- The last observation of each artist, also if it is gone.
-- columns of artists
-- column: snapshot_date date date of that observation
-- column: gone_on date first date on which it was no longer at Spotify; null if it is not gone
SELECT
    ${columns of artists},
    t.snapshot_date,
    array_min(filter(o.gone, d -> d >= greatest(t.snapshot_date, coalesce(o.unchanged_on, t.snapshot_date)))) AS gone_on
FROM (
    SELECT
        t.*,
        row_number() OVER (PARTITION BY t.artist_id ORDER BY t.snapshot_date DESC) AS recency
    FROM ${ViewsDatabase}.artists AS t
) AS t
LEFT JOIN (
    SELECT
        o.entity_id,
        array_agg(o.snapshot_date) FILTER (WHERE o.status = 'gone') AS gone,
        max(o.snapshot_date) FILTER (WHERE o.status = 'unchanged') AS unchanged_on
    FROM ${ViewsDatabase}.observations AS o
    WHERE o.entity = 'artist'
    GROUP BY o.entity_id
) AS o ON o.entity_id = t.artist_id
WHERE t.recency = 1
