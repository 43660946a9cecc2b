-- The dates on which an album was read with all of its tracks: a track that is missing then has left the album.
-- column: album_id string Spotify's id of the album
-- column: snapshot_date date the date
SELECT a.album_id, a.snapshot_date
FROM ${ViewsDatabase}.albums AS a
JOIN (
    SELECT t.album_id, t.snapshot_date, count(*) AS tracks
    FROM ${ViewsDatabase}.tracks AS t
    GROUP BY t.album_id, t.snapshot_date
) AS seen ON seen.album_id = a.album_id AND seen.snapshot_date = a.snapshot_date
WHERE seen.tracks >= a.total_tracks
