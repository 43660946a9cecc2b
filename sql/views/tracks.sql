-- Every track on its album, as observed on each published date.
-- columns of tracks
-- column: snapshot_date date the date that the data is about
-- column: run_id string the run that is published for the date
SELECT
    ${columns of tracks},
    CAST(t.snapshot_date AS date) AS snapshot_date,
    t.run_id
FROM ${LakeDatabase}.tracks AS t
JOIN ${LakeDatabase}.published AS p
    ON p.snapshot_date = t.snapshot_date AND p.run_id = t.run_id
