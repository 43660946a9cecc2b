-- Artists, albums and tracks that are gone, with their last known names.
-- column: entity string artist, album or track
-- column: entity_id string Spotify's id of the entity
-- column: album_id string the album of a track; null for an artist or album
-- column: name string name as last observed
-- column: gone_on date first date on which it was gone
-- column: snapshot_date date date of its last observation
SELECT 'artist' AS entity, t.artist_id AS entity_id, CAST(NULL AS varchar) AS album_id, t.name, t.gone_on, t.snapshot_date
FROM ${ViewsDatabase}.artists_current AS t
WHERE t.gone_on IS NOT NULL
UNION ALL
SELECT 'album', t.album_id, NULL, t.name, t.gone_on, t.snapshot_date
FROM ${ViewsDatabase}.albums_current AS t
WHERE t.gone_on IS NOT NULL
UNION ALL
SELECT 'track', t.track_id, t.album_id, t.name, t.gone_on, t.snapshot_date
FROM ${ViewsDatabase}.tracks_current AS t
WHERE t.gone_on IS NOT NULL
