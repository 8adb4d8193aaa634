-- What series.sql repeats: a row of the size that is in the middle.
SELECT count(*) OVER () AS rows, e.*
FROM rds_guard.effective_privileges(kind => 'table') AS e
ORDER BY row_number() OVER (ORDER BY pg_column_size(e)) < count(*) OVER () / 2, pg_column_size(e)
LIMIT 1 \gset
