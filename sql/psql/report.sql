-- The report for people, in 120 columns: what is wrong, worst first, then what
-- could not be told, and how much was looked at. psql itself escapes what a
-- terminal would obey. Variables: only, a list of categories and checks with
-- commas; csv, for all rows and columns of the report instead; aws, a file of
-- documents of AWS to report about, and instance, which of their databases this is.
\set QUIET on
\pset pager off
\pset footer off
\if :{?only}
\else
\set only ''
\endif
\if :{?instance}
\else
\set instance ''
\endif
\if :{?aws}
\set document `cat :'aws'`
\endif
\if :{?csv}
\pset format csv
SELECT * FROM
\if :{?aws}
    rds_guard.aws_report(:'document', nullif(string_to_array(:'only', ','), '{}'), nullif(:'instance', ''))
\else
    rds_guard.report(nullif(string_to_array(:'only', ','), '{}'))
\endif
;
\else
\pset tuples_only on
\pset format aligned
\pset border 0
\pset columns 120

-- A finding takes a line for its object and some for what was seen and what
-- to do; the check is named above its first finding. Words longer than a line
-- are broken first, then each line at its last blank.
WITH report AS (
    SELECT f.*, f.check_id IS DISTINCT FROM lag(f.check_id) OVER (ORDER BY f.place) AS first
    FROM
\if :{?aws}
    rds_guard.aws_report(:'document', nullif(string_to_array(:'only', ','), '{}'), nullif(:'instance', ''))
\else
    rds_guard.report(nullif(string_to_array(:'only', ','), '{}'))
\endif
    WITH ORDINALITY AS f (
        severity, status, category, check_id, title, object, detail,
        remedy, fix, refs, evidence, fingerprint, place)
    WHERE f.status IN ('fail', 'error', 'unknown')
)
SELECT CASE WHEN l.number = 1 THEN p.label ELSE repeat(' ', length(p.label)) END || l.line AS " "
FROM report AS r
CROSS JOIN LATERAL (VALUES
    (1, '', CASE WHEN r.first THEN E'\n' || CASE r.status WHEN 'unknown' THEN 'UNKNOWN' ELSE upper(r.severity::text) END || '  ' || r.title
                                   || '  (' || r.check_id || CASE r.status WHEN 'error' THEN ', broken' ELSE '' END || ')' END),
    (2, '  * ', CASE WHEN r.status <> 'unknown' OR r.object IS NOT NULL THEN coalesce(r.object, 'this server') END),
    (3, CASE r.status WHEN 'unknown' THEN '    why    ' ELSE '    found  ' END, r.detail),
    (4, '    do     ', CASE WHEN r.fix IS NULL THEN r.remedy END),
    (5, CASE r.status WHEN 'unknown' THEN '    ask    ' ELSE '    fix    ' END, r.fix)) AS p (number, label, text)
CROSS JOIN LATERAL regexp_split_to_table(
    regexp_replace(regexp_replace(p.text, '(\S{106})', '\1 ', 'g'), '(?n)(.{1,107})( +|$)', E'\\1\n', 'g'),
    '\n') WITH ORDINALITY AS l (line, number)
WHERE p.text IS NOT NULL AND (l.line <> '' OR l.number = 1)
ORDER BY r.place, p.number, l.number;

\pset tuples_only off
\pset border 1
SELECT :'only' = '' AND NOT :{?aws} AS everything \gset
\if :everything
\echo
SELECT * FROM rds_guard.summary;
\endif
\endif
