-- The gates of one run, a row each, all text: gate, observed, expected, passed ('true' or 'false').
--
-- Every value comes in as a bound parameter. Athena takes parameters in WHERE clauses only, so a number that must
-- also be shown is read out of one bit by bit: the sum of the powers of two that are in it.
WITH
powers AS (
    SELECT CAST(power(2, exponent) AS bigint) AS value
    FROM UNNEST(sequence(0, 52)) AS t (exponent)
),
given AS (
    SELECT 'artists' AS name, coalesce(sum(value), 0) AS n FROM powers WHERE bitwise_and(CAST(? AS bigint), value) > 0
    UNION ALL
    SELECT 'albums', coalesce(sum(value), 0) FROM powers WHERE bitwise_and(CAST(? AS bigint), value) > 0
    UNION ALL
    SELECT 'tracks', coalesce(sum(value), 0) FROM powers WHERE bitwise_and(CAST(? AS bigint), value) > 0
    UNION ALL
    SELECT 'observations', coalesce(sum(value), 0) FROM powers WHERE bitwise_and(CAST(? AS bigint), value) > 0
    UNION ALL
    SELECT 'quarantine', coalesce(sum(value), 0) FROM powers WHERE bitwise_and(CAST(? AS bigint), value) > 0
    UNION ALL
    SELECT 'most_quarantined', coalesce(sum(value), 0) FROM powers WHERE bitwise_and(CAST(? AS bigint), value) > 0
    UNION ALL
    SELECT 'kept_per_mille', coalesce(sum(value), 0) FROM powers WHERE bitwise_and(CAST(? AS bigint), value) > 0
),
run_artists AS (SELECT artist_id, observed_at FROM artists WHERE snapshot_date = ? AND run_id = ?),
run_albums AS (SELECT album_id, artist_ids, observed_at FROM albums WHERE snapshot_date = ? AND run_id = ?),
run_tracks AS (SELECT album_id, track_id, observed_at FROM tracks WHERE snapshot_date = ? AND run_id = ?),
run_observations AS (
    SELECT entity, entity_id, status, observed_at FROM observations WHERE snapshot_date = ? AND run_id = ?
),
run_quarantine AS (SELECT source_key FROM quarantine WHERE snapshot_date = ? AND run_id = ?),
observed AS (
    SELECT
        'artists' AS name,
        count(*) AS n,
        count(DISTINCT nullif(artist_id, '')) AS distinct_keys,
        count(nullif(artist_id, '')) AS whole_keys
    FROM run_artists
    UNION ALL
    SELECT 'albums', count(*), count(DISTINCT nullif(album_id, '')), count(nullif(album_id, '')) FROM run_albums
    UNION ALL
    SELECT
        'tracks',
        count(*),
        count(DISTINCT nullif(album_id, '') || '/' || nullif(track_id, '')),
        count(nullif(album_id, '') || '/' || nullif(track_id, ''))
    FROM run_tracks
    UNION ALL
    SELECT
        'observations',
        count(*),
        count(DISTINCT entity || '/' || nullif(entity_id, '') || '/' || status),
        count(entity || '/' || nullif(entity_id, '') || '/' || status)
    FROM run_observations
),
quarantined AS (SELECT count(*) AS n FROM run_quarantine),
-- Known: in this run, or in what is published for any date still kept.
known_artists AS (
    SELECT artist_id FROM run_artists
    UNION
    SELECT a.artist_id FROM artists a JOIN published p ON p.snapshot_date = a.snapshot_date AND p.run_id = a.run_id
),
known_albums AS (
    SELECT album_id FROM run_albums
    UNION
    SELECT a.album_id FROM albums a JOIN published p ON p.snapshot_date = a.snapshot_date AND p.run_id = a.run_id
),
artists_of_albums AS (
    SELECT DISTINCT named.artist_id
    FROM run_albums CROSS JOIN UNNEST(artist_ids) AS named (artist_id)
),
unknown_artists AS (
    SELECT count(*) AS n, array_join(slice(array_agg(x.artist_id ORDER BY x.artist_id), 1, 20), ', ') AS ids
    FROM artists_of_albums x LEFT JOIN known_artists k ON k.artist_id = x.artist_id
    WHERE k.artist_id IS NULL
),
albums_of_tracks AS (SELECT DISTINCT album_id FROM run_tracks),
unknown_albums AS (
    SELECT count(*) AS n, array_join(slice(array_agg(x.album_id ORDER BY x.album_id), 1, 20), ', ') AS ids
    FROM albums_of_tracks x LEFT JOIN known_albums k ON k.album_id = x.album_id
    WHERE k.album_id IS NULL
),
matched_albums AS (
    SELECT count(*) AS n FROM albums_of_tracks x JOIN known_albums k ON k.album_id = x.album_id
),
stray AS (
    SELECT count(*) AS n
    FROM (
        SELECT observed_at FROM run_artists
        UNION ALL
        SELECT observed_at FROM run_albums
        UNION ALL
        SELECT observed_at FROM run_tracks
        UNION ALL
        SELECT observed_at FROM run_observations
    ) AS every_row
    WHERE observed_at IS NULL OR observed_at < CAST(? AS timestamp) OR observed_at >= CAST(? AS timestamp)
),
-- The last seven dates before this one whose daily run was complete: a partial day's rows say nothing about the next.
-- They lie within nine days, so that a drop which lasts is refused (and told) on three days and is the new level then.
-- The last parameter is 'true' where this run is itself a complete daily one; any other is compared with nothing.
baseline AS (
    SELECT r."rows" AS counts, row_number() OVER (ORDER BY p.snapshot_date DESC) AS age
    FROM published p JOIN runs r ON r.run_id = p.run_id
    WHERE p.snapshot_date >= ? AND p.snapshot_date < ? AND r.mode = 'daily' AND r.outcome = 'published' AND 'true' = ?
),
seven AS (
    SELECT
        name,
        n,
        row_number() OVER (PARTITION BY name ORDER BY n) AS place,
        count(*) OVER (PARTITION BY name) AS days
    FROM (
        SELECT 'artists' AS name, coalesce(element_at(counts, 'artists'), 0) AS n FROM baseline WHERE age <= 7
        UNION ALL
        SELECT 'albums', coalesce(element_at(counts, 'albums'), 0) FROM baseline WHERE age <= 7
        UNION ALL
        SELECT 'tracks', coalesce(element_at(counts, 'tracks'), 0) FROM baseline WHERE age <= 7
    ) AS each_date
),
-- Three times the square root is what a count of that size swings by chance: small days are not judged by it.
medians AS (
    SELECT s.name, s.n, CAST(greatest(0, floor(s.n * g.n / 1e3 - 3 * sqrt(s.n))) AS bigint) AS least
    FROM seven s CROSS JOIN given g
    WHERE s.days = 7 AND s.place = 4 AND g.name = 'kept_per_mille'
),
gates AS (
    SELECT 'rows_' || o.name AS gate, CAST(o.n AS varchar) AS observed, CAST(g.n AS varchar) AS expected, o.n = g.n AS passed
    FROM observed o JOIN given g ON g.name = o.name
    UNION ALL
    SELECT 'rows_quarantine', CAST(q.n AS varchar), CAST(g.n AS varchar), q.n = g.n
    FROM quarantined q CROSS JOIN given g
    WHERE g.name = 'quarantine'
    UNION ALL
    SELECT 'unique_' || name, CAST(whole_keys - distinct_keys AS varchar) || ' repeated', '0 repeated', whole_keys = distinct_keys
    FROM observed
    UNION ALL
    SELECT 'keys_' || name, CAST(n - whole_keys AS varchar) || ' empty', '0 empty', n = whole_keys
    FROM observed
    UNION ALL
    SELECT
        'albums_of_tracks',
        CAST(u.n AS varchar) || ' unknown' || coalesce(': ' || u.ids, ''),
        'known, or listed here if no album is the run''s own',
        u.n = 0 OR m.n > 0 OR o.n = 0
    FROM unknown_albums u CROSS JOIN matched_albums m CROSS JOIN observed o
    WHERE o.name = 'albums'
    UNION ALL
    SELECT
        'artists_of_albums',
        CAST(n AS varchar) || ' unknown' || coalesce(': ' || ids, ''),
        'known, or listed here as unknown',
        true
    FROM unknown_artists
    UNION ALL
    SELECT 'quarantine_ratio', CAST(q.n AS varchar), 'at most ' || CAST(g.n AS varchar), q.n <= g.n
    FROM quarantined q CROSS JOIN given g
    WHERE g.name = 'most_quarantined'
    UNION ALL
    SELECT 'freshness', CAST(n AS varchar) || ' outside', '0 outside the days of the date and of the run', n = 0
    FROM stray
    UNION ALL
    SELECT
        'volume_' || o.name,
        CAST(o.n AS varchar),
        coalesce(
            'at least ' || CAST(m.least AS varchar) || ' (median of the last 7 complete days: ' || CAST(m.n AS varchar) || ')',
            'not judged: needs a complete daily run after 7 others in 9 days'
        ),
        coalesce(o.n >= m.least, true)
    FROM observed o LEFT JOIN medians m ON m.name = o.name
    WHERE o.name <> 'observations'
)
SELECT gate, observed, expected, CASE WHEN passed THEN 'true' ELSE 'false' END AS passed
FROM gates
ORDER BY gate
