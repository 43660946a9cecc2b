-- Albums by the date on which the watch-list first met them.
-- column: first_seen date snapshot date on which the album was first met
-- column: album_id string Spotify's id of the album
-- column: name string title
-- column: album_type string album, single or compilation
-- column: release_date date release date; the first day of the year or month where only that is known
-- column: total_tracks int tracks on the album
-- column: artists array<string> names of its artists, where they are known
-- column: spotify_url string link back to Spotify
SELECT
    a.first_seen,
    a.album_id,
    a.name,
    a.album_type,
    a.release_date,
    a.total_tracks,
    array_agg(r.name ORDER BY c.position) FILTER (WHERE r.name IS NOT NULL) AS artists,
    a.spotify_url
FROM ${ViewsDatabase}.albums_current AS a
LEFT JOIN UNNEST(a.artist_ids) WITH ORDINALITY AS c (artist_id, position) ON TRUE
LEFT JOIN ${ViewsDatabase}.artists_current AS r ON r.artist_id = c.artist_id
GROUP BY a.first_seen, a.album_id, a.name, a.album_type, a.release_date, a.total_tracks, a.spotify_url
