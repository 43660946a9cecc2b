-- The last observation of each artist.
-- columns of artists
-- column: snapshot_date date the day of that observation
SELECT
    ${columns of artists},
    t.snapshot_date
FROM (
    SELECT
        t.*,
        row_number() OVER (PARTITION BY t.artist_id ORDER BY t.snapshot_date DESC) AS recency
    FROM ${ViewsDatabase}.artists AS t
) AS t
WHERE t.recency = 1
