-- Entities without another row of each published date: followed, unchanged, gone.
-- columns of observations
-- column: snapshot_date date the day the data is about
-- column: run_id string the run that is published for the day
SELECT
    ${columns of observations},
    CAST(t.snapshot_date AS date) AS snapshot_date,
    t.run_id
FROM ${LakeDatabase}.observations AS t
JOIN ${LakeDatabase}.published AS p
    ON p.snapshot_date = t.snapshot_date AND p.run_id = t.run_id
