-- Counts what the lake contains of one run, one row per count; functions/audit validates it. `ids` lists up to 20 IDs.
--
-- Every value is a bound parameter. Athena accepts parameters in WHERE clauses only; functions/audit/query.py lists them
-- in the order of their question marks.
WITH
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
-- Known artists and albums: those of this run, and those that are published for a date that is still kept.
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
-- The last seven dates before this one with a complete daily run: the row count of a partial day is not comparable.
-- They lie within nine days: a drop that lasts fails the runs of three days, and is then accepted as the new level.
baseline AS (
    SELECT r."rows" AS counts, row_number() OVER (ORDER BY p.snapshot_date DESC) AS age
    FROM published p JOIN runs r ON r.run_id = p.run_id
    WHERE p.snapshot_date >= ? AND p.snapshot_date < ? AND r.mode = 'daily' AND r.outcome = 'published'
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
published_rows AS (
    SELECT
        coalesce(element_at(r."rows", 'artists'), 0)
        + coalesce(element_at(r."rows", 'albums'), 0)
        + coalesce(element_at(r."rows", 'tracks'), 0) AS n
    FROM published p JOIN runs r ON r.run_id = p.run_id
    WHERE p.snapshot_date = ?
),
counted AS (
    SELECT name, n, whole_keys, distinct_keys, CAST(NULL AS varchar) AS ids FROM observed
    UNION ALL
    SELECT 'quarantine', count(*), NULL, NULL, NULL FROM run_quarantine
    UNION ALL
    SELECT 'unknown_artists', n, NULL, NULL, ids FROM unknown_artists
    UNION ALL
    SELECT 'unknown_albums', n, NULL, NULL, ids FROM unknown_albums
    UNION ALL
    SELECT 'matched_albums', n, NULL, NULL, NULL FROM matched_albums
    UNION ALL
    SELECT 'stray', n, NULL, NULL, NULL FROM stray
    UNION ALL
    SELECT 'published_rows', coalesce(sum(n), 0), NULL, NULL, NULL FROM published_rows
    UNION ALL
    SELECT 'median_' || name, n, NULL, NULL, NULL FROM seven WHERE days = 7 AND place = 4
)
SELECT name, n, whole_keys, distinct_keys, ids
FROM counted
ORDER BY name
