-- What a role may do at once, by asking the server about each pair.
SELECT count(*)
FROM pg_roles AS r
CROSS JOIN pg_class AS c
CROSS JOIN (VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) AS p (privilege)
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND c.relnamespace NOT IN (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname ~ '^pg_' OR n.nspname = 'information_schema')
      AND has_table_privilege(r.oid, c.oid, p.privilege);
