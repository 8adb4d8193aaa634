-- As many rows with the same columns, all of them as the one in the middle is.
WITH rows AS MATERIALIZED (
    SELECT :'role'::name AS role, 'table'::text AS kind, :'object'::text AS object, NULL::name AS column_name, :'privilege'::text AS privilege,
           false AS grantable, :'via'::text AS via, false AS needs_set_role, :'path'::text[] AS path
    FROM generate_series(1, :rows)
)
SELECT count(*) FROM rows;
