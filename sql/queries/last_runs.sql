-- What were the outcomes of the last runs?
SELECT
    r.started_at,
    r.snapshot_date,
    r.mode,
    r.outcome,
    date_diff('second', r.started_at, r.finished_at) AS seconds,
    r.error,
    r.cause
FROM ${ViewsDatabase}.runs AS r
ORDER BY r.started_at DESC, r.run_id
LIMIT 30
