-- What was withdrawn on the latest published date?
SELECT
    c.entity,
    c.name,
    c.entity_id,
    c.snapshot_date
FROM ${ViewsDatabase}.catalogue_changes AS c
WHERE c.change = 'removed'
    AND c.snapshot_date = (SELECT max(a.snapshot_date) FROM ${ViewsDatabase}.albums AS a)
ORDER BY c.entity, c.name
LIMIT 20
