-- Every run of the thirty dates up to the date, and which of them is published.
SELECT
    CAST(r.snapshot_date AS varchar) AS snapshot_date,
    r.run_id,
    r.mode,
    r.outcome,
    r.error,
    date_diff('millisecond', r.started_at, r.finished_at) AS milliseconds,
    reduce(map_values(r.requests), CAST(0 AS bigint), (s, x) -> s + x, s -> s) AS calls,
    reduce(map_values(r.row_counts), CAST(0 AS bigint), (s, x) -> s + x, s -> s) AS rows_written,
    p.run_id IS NOT NULL AS published
FROM runs AS r
LEFT JOIN "${LakeDatabase}".published AS p ON p.run_id = r.run_id
WHERE r.snapshot_date BETWEEN date_add('day', -29, CAST(? AS date)) AND CAST(? AS date)
ORDER BY r.run_id
