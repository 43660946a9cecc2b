-- How many albums, singles and compilations came out in each month of the last two years?
SELECT
    date_trunc('month', a.release_date) AS month,
    count_if(a.album_type = 'album') AS albums,
    count_if(a.album_type = 'single') AS singles,
    count_if(a.album_type = 'compilation') AS compilations
FROM ${ViewsDatabase}.albums_current AS a
WHERE a.gone_on IS NULL AND a.release_date_precision <> 'year' AND a.release_date >= date_add('year', -2, current_date)
GROUP BY date_trunc('month', a.release_date)
ORDER BY month DESC
