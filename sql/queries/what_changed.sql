-- Which fields changed on the latest published date, from what to what?
SELECT
    c.entity,
    c.name,
    c.field,
    c.old_value,
    c.new_value
FROM ${ViewsDatabase}.catalogue_changes AS c
WHERE c.change = 'changed'
    AND c.snapshot_date = (SELECT max(CAST(p.snapshot_date AS date)) FROM ${LakeDatabase}.published AS p)
ORDER BY c.entity, c.name, c.field, c.entity_id, c.album_id
LIMIT 50
