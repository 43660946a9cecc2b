-- Trino's functions that DuckDB lacks or defines otherwise.

CREATE MACRO trino_date_trunc(unit, x DATE) AS CAST(date_trunc(unit, x) AS DATE),
    (unit, x TIMESTAMP) AS date_trunc(unit, x),
    (unit, x TIMESTAMP WITH TIME ZONE) AS date_trunc(unit, x);
CREATE MACRO trino_move(x, moved) AS cast_to_type(moved, x);
CREATE MACRO trino_timestamp(x VARCHAR) AS CASE WHEN contains(x, 'T')
    THEN error('INVALID_CAST_ARGUMENT: Value cannot be cast to timestamp: ' || x)
    ELSE CAST(x AS TIMESTAMP) END,
    (x DATE) AS CAST(x AS TIMESTAMP),
    (x TIMESTAMP) AS x,
    (x TIMESTAMP WITH TIME ZONE) AS CAST(x AS TIMESTAMP);
CREATE MACRO trino_try_timestamp(x) AS CASE WHEN contains(CAST(x AS VARCHAR), 'T')
    THEN NULL
    ELSE TRY_CAST(x AS TIMESTAMP) END;
CREATE MACRO trino_key(m, k) AS CASE WHEN m IS NULL OR map_contains(m, k)
    THEN m[k]
    ELSE error('INVALID_FUNCTION_ARGUMENT: Key not present in map: ' || k) END;
CREATE MACRO trino_item(a, i) AS CASE WHEN a IS NULL OR len(a) >= i
    THEN a[i]
    ELSE error('INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: ' || i || ' > ' || len(a)) END;
CREATE MACRO trino_json_scalar(x, path) AS CASE WHEN json_valid(CAST(x AS VARCHAR)) AND coalesce(json_type(CAST(x AS VARCHAR), path), 'NULL') NOT IN ('OBJECT', 'ARRAY')
    THEN json_extract_string(CAST(x AS VARCHAR), path) END;
CREATE MACRO trino_json_extract(x, path) AS CASE WHEN json_valid(CAST(x AS VARCHAR))
    THEN json_extract(CAST(x AS VARCHAR), path) END;
CREATE MACRO trino_json_parse(x) AS CASE WHEN x IS NULL OR json_valid(x)
    THEN CAST(x AS JSON)
    ELSE CAST(error('INVALID_FUNCTION_ARGUMENT: Cannot convert value to JSON: ''' || x || '''') AS JSON) END;
CREATE MACRO json_array_contains(x, value) AS list_contains(CAST(CAST(x AS JSON) AS JSON[]), to_json(value));
CREATE MACRO json_size(x, path) AS coalesce(json_array_length(x, path), len(json_keys(x, path)));
CREATE MACRO to_iso8601(x DATE) AS strftime(x, '%Y-%m-%d'),
    (x TIMESTAMP) AS strftime(x, '%Y-%m-%dT%H:%M:%S.%g'),
    (x TIMESTAMP WITH TIME ZONE) AS strftime(x, '%Y-%m-%dT%H:%M:%S.%gZ');
CREATE MACRO trino_regexp_extract(s, p, g) AS CASE WHEN regexp_matches(s, p)
    THEN regexp_extract(s, p, g) END;
CREATE MACRO every(x) AS bool_and(x);
CREATE MACRO map_agg(k, v) AS map(list(k), list(v));
CREATE MACRO trino_millisecond(x) AS CAST(date_part('millisecond', x) AS BIGINT) % 1000;
CREATE MACRO day_of_month(x) AS day(x);
CREATE MACRO year_of_week(x) AS isoyear(x);
CREATE MACRO yow(x) AS isoyear(x);
CREATE MACRO at_timezone(x, zone) AS timezone(zone, CAST(x AS TIMESTAMP WITH TIME ZONE));
CREATE MACRO arrays_overlap(a, b) AS list_has_any(a, b);
CREATE MACRO array_remove(a, x) AS list_filter(a, lambda e : e <> x);
CREATE MACRO trino_distinct(a) AS list_filter(a, lambda e, i : list_position(a, e) = i);
CREATE MACRO array_union(a, b) AS trino_distinct(list_concat(a, b));
CREATE MACRO trino_join(a, separator, missing) AS array_to_string(CASE WHEN missing IS NULL
    THEN CAST(a AS VARCHAR[])
    ELSE list_transform(CAST(a AS VARCHAR[]), lambda e : coalesce(e, missing)) END, separator);
CREATE MACRO url_extract_host(url) AS nullif(regexp_extract(url, '^[a-z]+://([^/:?#]+)', 1), '');
CREATE MACRO url_extract_path(url) AS regexp_extract(url, '^[a-z]+://[^/?#]+([^?#]*)', 1);
CREATE MACRO trino_slice(a, start, length) AS list_slice(a, start, start + length - 1);
CREATE MACRO trino_codepoint(s) AS unicode(s);
CREATE MACRO to_hex(b) AS hex(b);
CREATE MACRO from_utf8(b) AS decode(b);
CREATE MACRO geometric_mean(x) AS exp(avg(ln(x)));
CREATE MACRO truncate(x) AS trunc(x);
CREATE MACRO is_nan(x) AS isnan(x);
CREATE MACRO hamming_distance(a, b) AS hamming(a, b);
CREATE MACRO approx_percentile(x, p) AS approx_quantile(x, p);
CREATE MACRO trino_sequence(a BIGINT, b BIGINT, step BIGINT) AS generate_series(a, b, step),
    (a DATE, b DATE, step INTERVAL) AS CAST(generate_series(a, b, step) AS DATE[]),
    (a TIMESTAMP, b TIMESTAMP, step INTERVAL) AS generate_series(a, b, step);
CREATE MACRO trino_range(a BIGINT, b BIGINT) AS generate_series(a, b),
    (a DATE, b DATE) AS CAST(generate_series(a, b, INTERVAL 1 DAY) AS DATE[]);
