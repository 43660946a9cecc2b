-- The latest published date: the feed ends with it, also if the digest is about an earlier date.
SELECT CAST(max(p.snapshot_date) AS varchar) AS day
FROM ${LakeDatabase}.published AS p
WHERE p.run_id IS NOT NULL
