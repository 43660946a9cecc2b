-- What is gone, with its last known name.
-- column: entity string artist, album or track
-- column: entity_id string Spotify's id of it
-- column: album_id string the album of a track
-- column: name string its name as last observed
-- column: gone_on date the day on which it was no longer there
-- column: snapshot_date date the day of its last observation
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
