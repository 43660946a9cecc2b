-- What was withdrawn, or is no longer followed, on the latest published date?
SELECT
    c.entity,
    c.name,
    c.change,
    c.entity_id,
    c.snapshot_date
FROM ${ViewsDatabase}.catalogue_changes AS c
WHERE c.change IN ('removed', 'no longer followed')
    AND c.snapshot_date = (SELECT max(CAST(p.snapshot_date AS date)) FROM ${LakeDatabase}.published AS p)
ORDER BY c.entity, c.name, c.entity_id, c.album_id, c.change, c.field
LIMIT 20
