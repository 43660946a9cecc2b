-- Why were records rejected, and how many for each reason?
SELECT
    q.snapshot_date,
    q.dataset,
    r.reason,
    count(*) AS records
FROM ${ViewsDatabase}.quarantine AS q
CROSS JOIN UNNEST(q.reasons) AS r (reason)
GROUP BY q.snapshot_date, q.dataset, r.reason
ORDER BY q.snapshot_date DESC, records DESC, q.dataset, r.reason
