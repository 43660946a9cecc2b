-- The last observation of each album.
-- columns of albums
-- column: snapshot_date date the day of that observation
SELECT
    ${columns of albums},
    t.snapshot_date
FROM (
    SELECT
        t.*,
        row_number() OVER (PARTITION BY t.album_id ORDER BY t.snapshot_date DESC) AS recency
    FROM ${ViewsDatabase}.albums AS t
) AS t
WHERE t.recency = 1
