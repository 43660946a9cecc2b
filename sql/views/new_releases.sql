-- Albums that are news (view `news`), with the date on which each is reported and its last known values.
-- column: first_seen date snapshot date on which the pipeline first saw the album
-- column: album_id string Spotify's id of the album
-- column: name string title
-- column: album_type string album, single or compilation
-- column: release_date date release date; the first day of the year or month if only that is known
-- column: total_tracks int tracks on the album
-- column: artists array<string> names of its artists, if they are known
-- column: spotify_url string link back to Spotify
-- column: reported_on date the first published date with its row
-- column: kind string released: at most 14 days before it was first seen; added to Spotify: an older release
-- column: gone_on date first date on which it was no longer at Spotify; null if it is not gone
SELECT
    n.first_seen,
    a.album_id,
    a.name,
    a.album_type,
    a.release_date,
    a.total_tracks,
    array_agg(r.name ORDER BY c.position) FILTER (WHERE r.name IS NOT NULL) AS artists,
    a.spotify_url,
    n.reported_on,
    n.kind,
    a.gone_on
FROM ${ViewsDatabase}.news AS n
JOIN ${ViewsDatabase}.albums_current AS a ON a.album_id = n.entity_id
LEFT JOIN UNNEST(a.artist_ids) WITH ORDINALITY AS c (artist_id, position) ON TRUE
LEFT JOIN ${ViewsDatabase}.artists_current AS r ON r.artist_id = c.artist_id
WHERE n.entity = 'album'
GROUP BY
    n.first_seen, a.album_id, a.name, a.album_type, a.release_date, a.total_tracks, a.spotify_url, n.reported_on, n.kind,
    a.gone_on
