-- The last observation of each track on its album.
-- columns of tracks
-- column: snapshot_date date the day of that observation
SELECT
    ${columns of tracks},
    t.snapshot_date
FROM (
    SELECT
        t.*,
        row_number() OVER (PARTITION BY t.album_id, t.track_id ORDER BY t.snapshot_date DESC) AS recency
    FROM ${ViewsDatabase}.tracks AS t
) AS t
WHERE t.recency = 1
