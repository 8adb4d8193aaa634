-- What the summary says of relations, by asking the server about each pair.
SELECT sum(q.readable), sum(q.writable)
FROM (
    SELECT r.rolname,
           count(*) FILTER (WHERE has_any_column_privilege(r.oid, c.oid, 'SELECT')) AS readable,
           count(*) FILTER (WHERE has_any_column_privilege(r.oid, c.oid, 'INSERT') OR has_any_column_privilege(r.oid, c.oid, 'UPDATE')
                                  OR has_table_privilege(r.oid, c.oid, 'DELETE') OR has_table_privilege(r.oid, c.oid, 'TRUNCATE')) AS writable
    FROM pg_roles AS r
    CROSS JOIN pg_class AS c
    WHERE r.rolcanlogin AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND c.relnamespace NOT IN (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname ~ '^pg_' OR n.nspname IN ('information_schema', 'rds_guard'))
    GROUP BY r.rolname
) AS q;
