-- Records that the date's published run rejected, and all their reasons.
SELECT
    q.dataset,
    substr(q.record_id, 1, 100) AS record_id,
    substr(array_join(q.reasons, ', '), 1, 500) AS reasons,
    q.source_key,
    q.source_line,
    substr(q.record, 1, 300) AS record,
    count(*) OVER () AS total
FROM quarantine AS q
WHERE q.snapshot_date = CAST(? AS date)
ORDER BY q.dataset, q.source_key, q.source_line, q.record_id, q.record
LIMIT 100
