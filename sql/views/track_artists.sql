-- One row for each artist of each track, from the last observation of the track.
-- column: album_id string Spotify's id of the album
-- column: track_id string Spotify's id of the track
-- column: artist_id string Spotify's id of the artist
-- column: position int position among the track's artists, from 1
-- column: snapshot_date date date of that observation
-- column: gone_on date first date on which the track had left its album, or its album was gone; null if it is not gone
SELECT
    t.album_id,
    t.track_id,
    c.artist_id,
    CAST(c.position AS integer) AS position,
    t.snapshot_date,
    t.gone_on
FROM ${ViewsDatabase}.tracks_current AS t
CROSS JOIN UNNEST(t.artist_ids) WITH ORDINALITY AS c (artist_id, position)
