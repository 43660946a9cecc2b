-- Changes of each artist, album and track from one observation to the next; one row per change, or per changed field.
-- column: snapshot_date date date on which the change was observed
-- column: entity string artist, album or track
-- column: entity_id string Spotify's id of the entity
-- column: album_id string the album of a track; null for an artist or album
-- column: name string name as observed
-- column: change string added, changed, removed, returned or no longer followed
-- column: field string the field that changed; null for other changes
-- column: old_value string the earlier value, as text
-- column: new_value string the new value, as text
-- column: kind string of an added album or track: the kind of news, as in the view news
WITH
observed AS (
    SELECT
        'artist' AS entity,
        t.artist_id AS entity_id,
        CAST(NULL AS varchar) AS album_id,
        t.name,
        t.first_seen,
        t.snapshot_date,
        ARRAY[${fields of artists}] AS fields,
        ARRAY[${optional of artists}] AS optional_fields,
        ARRAY[${texts of artists as t}] AS texts,
        transform(t.faults, f -> split_part(f, ':', 1)) AS faulty
    FROM ${ViewsDatabase}.artists AS t
    UNION ALL
    SELECT
        'album', t.album_id, NULL, t.name, t.first_seen, t.snapshot_date,
        ARRAY[${fields of albums}], ARRAY[${optional of albums}], ARRAY[${texts of albums as t}],
        transform(t.faults, f -> split_part(f, ':', 1))
    FROM ${ViewsDatabase}.albums AS t
    UNION ALL
    SELECT
        'track', t.track_id, t.album_id, t.name, t.first_seen, t.snapshot_date,
        ARRAY[${fields of tracks}], ARRAY[${optional of tracks}], ARRAY[${texts of tracks as t}],
        transform(t.faults, f -> split_part(f, ':', 1))
    FROM ${ViewsDatabase}.tracks AS t
),
-- If a field was not valid (`faults`), its next valid value is compared with the last valid one.
steps AS (
    SELECT
        o.*,
        lag(o.snapshot_date) OVER (PARTITION BY o.entity, o.album_id, o.entity_id ORDER BY o.snapshot_date) AS previous_date,
        lag(o.texts) OVER (PARTITION BY o.entity, o.album_id, o.entity_id ORDER BY o.snapshot_date) AS previous_texts,
        lag(o.faulty) OVER (PARTITION BY o.entity, o.album_id, o.entity_id ORDER BY o.snapshot_date) AS previous_faulty,
        lag(if(o.faulty IS NULL, o.texts)) IGNORE NULLS
            OVER (PARTITION BY o.entity, o.album_id, o.entity_id ORDER BY o.snapshot_date) AS sound_texts,
        lead(o.snapshot_date) OVER (PARTITION BY o.entity, o.album_id, o.entity_id ORDER BY o.snapshot_date) AS next_date
    FROM observed AS o
),
-- For each step: the kind of news. For a track also whether it returned to its album, and when it had left it.
marked AS (
    SELECT
        s.*,
        if(n.reported_on > coalesce(s.previous_date, DATE '0001-01-01'), n.kind) AS kind,
        n.reported_on > coalesce(s.previous_date, DATE '0001-01-01')
            OR s.previous_date IS NULL AND s.entity = 'artist' AND s.first_seen = s.snapshot_date AS is_added,
        any_match(v.dates, d -> d > s.previous_date AND d < s.snapshot_date) AS is_back,
        array_min(filter(v.dates, d -> d > s.snapshot_date AND (s.next_date IS NULL OR d < s.next_date))) AS left_on
    FROM steps AS s
    LEFT JOIN ${ViewsDatabase}.news AS n
        ON n.entity = s.entity AND n.entity_id = s.entity_id AND coalesce(n.album_id, '') = coalesce(s.album_id, '')
        AND n.reported_on <= s.snapshot_date
    LEFT JOIN (
        SELECT v.album_id, array_agg(v.snapshot_date) AS dates
        FROM ${ViewsDatabase}.album_visits AS v
        GROUP BY v.album_id
    ) AS v ON v.album_id = s.album_id
),
names AS (
    SELECT 'artist' AS entity, t.artist_id AS entity_id, max_by(t.name, t.snapshot_date) AS name
    FROM ${ViewsDatabase}.artists AS t
    GROUP BY t.artist_id
    UNION ALL
    SELECT 'album', t.album_id, max_by(t.name, t.snapshot_date)
    FROM ${ViewsDatabase}.albums AS t
    GROUP BY t.album_id
),
sightings AS (
    SELECT o.entity, o.entity_id, o.snapshot_date, o.status = 'gone' AS is_gone
    FROM ${ViewsDatabase}.observations AS o
    WHERE o.entity <> 'track' AND o.status <> 'followed'
    UNION ALL
    SELECT 'artist', t.artist_id, t.snapshot_date, FALSE FROM ${ViewsDatabase}.artists AS t
    UNION ALL
    SELECT 'album', t.album_id, t.snapshot_date, FALSE FROM ${ViewsDatabase}.albums AS t
),
sighting_steps AS (
    SELECT
        s.*,
        lag(s.is_gone) OVER (PARTITION BY s.entity, s.entity_id ORDER BY s.snapshot_date, s.is_gone) AS was_gone
    FROM sightings AS s
),
followed AS (
    SELECT
        o.entity_id,
        o.snapshot_date,
        lead(o.snapshot_date) OVER (PARTITION BY o.entity_id ORDER BY o.snapshot_date) AS next_date
    FROM ${ViewsDatabase}.observations AS o
    WHERE o.status = 'followed'
),
follow_days AS (
    SELECT d.snapshot_date, lead(d.snapshot_date) OVER (ORDER BY d.snapshot_date) AS next_date
    FROM (
        SELECT DISTINCT o.snapshot_date FROM ${ViewsDatabase}.observations AS o WHERE o.status = 'followed'
    ) AS d
),
whereabouts AS (
    SELECT s.snapshot_date, s.entity, s.entity_id, if(s.is_gone, 'removed', 'returned') AS change
    FROM sighting_steps AS s
    WHERE s.is_gone IS DISTINCT FROM coalesce(s.was_gone, FALSE)
    UNION ALL
    SELECT d.next_date, 'artist', f.entity_id, 'no longer followed'
    FROM followed AS f
    JOIN follow_days AS d ON d.snapshot_date = f.snapshot_date
    WHERE d.next_date IS NOT NULL AND f.next_date IS DISTINCT FROM d.next_date
),
-- One row per field of a step, and one for each other change that is possible: '- added' and so on.
happened AS (
    SELECT
        m.*,
        c.field,
        if(contains(m.previous_faulty, c.field), c.sound_value, c.previous_value) AS old_value,
        c.new_value
    FROM marked AS m
    CROSS JOIN UNNEST(
        m.fields || ARRAY['- added', '- returned', '- removed'], m.previous_texts, m.sound_texts, m.texts
    ) AS c (field, previous_value, sound_value, new_value)
)
SELECT
    if(h.field = '- removed', h.left_on, h.snapshot_date) AS snapshot_date,
    h.entity,
    h.entity_id,
    h.album_id,
    h.name,
    if(h.field LIKE '- %', substr(h.field, 3), 'changed') AS change,
    if(h.field NOT LIKE '- %', h.field) AS field,
    if(h.field NOT LIKE '- %', h.old_value) AS old_value,
    h.new_value,
    if(h.field = '- added', h.kind) AS kind
FROM happened AS h
WHERE CASE h.field
    WHEN '- added' THEN h.is_added
    WHEN '- returned' THEN h.is_back
    WHEN '- removed' THEN h.left_on IS NOT NULL
    ELSE h.previous_date IS NOT NULL
        AND NOT coalesce(contains(h.faulty, h.field), FALSE)
        AND (h.sound_texts IS NOT NULL OR NOT coalesce(contains(h.previous_faulty, h.field), FALSE))
        AND h.old_value IS DISTINCT FROM h.new_value
        AND NOT (contains(h.optional_fields, h.field) AND (h.old_value IS NULL OR h.new_value IS NULL))
    END
UNION ALL
SELECT w.snapshot_date, w.entity, w.entity_id, NULL, n.name, w.change, NULL, NULL, NULL, NULL
FROM whereabouts AS w
LEFT JOIN names AS n ON n.entity = w.entity AND n.entity_id = w.entity_id
