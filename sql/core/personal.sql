-- What everybody may ask about themselves.

CREATE FUNCTION rds_guard.my_report("only" text[] DEFAULT NULL) RETURNS SETOF rds_guard.finding
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
    SELECT f.* FROM rds_guard.run_checks("only", ARRAY['role', 'session']) AS f
$$;

COMMENT ON FUNCTION rds_guard.my_report(text[]) IS
'What is unsafe about the current role and this session: escalation paths, objects that it opened to PUBLIC, missing hygiene. Columns and order as in report(). For everybody.';

CREATE VIEW rds_guard.my_memberships AS
SELECT m.role,
       bool_or(m.how = 'inherit') AS inherits,
       bool_or(m.how = 'set') AS can_set_role,
       bool_or(m.how = 'admin') AS can_grant,
       bool_or(m.how = 'become') AS can_become,
       min(m.depth) AS depth,
       (array_agg(rds_guard.path_text(m.path) ORDER BY m.depth, m.path))[1] AS path
FROM rds_guard.role_memberships(for_member => current_user) AS m
GROUP BY m.role
ORDER BY depth, m.role;

COMMENT ON VIEW rds_guard.my_memberships IS
'A row for each role that the current role gets to: whether it has that role''s privileges at once, may SET ROLE to it, may grant it, can become it in several steps (by granting it to itself first), the number of steps and the shortest chain. For everybody.';

CREATE VIEW rds_guard.my_privileges AS
SELECT p.kind, p.object, p.column_name, p.privilege, p.grantable, p.via, p.needs_set_role, p.path
FROM rds_guard.effective_privileges(current_user) AS p
ORDER BY p.needs_set_role, p.kind, p.object, p.column_name NULLS FIRST, p.privilege;

COMMENT ON VIEW rds_guard.my_privileges IS
'A row for each privilege that the current role effectively has outside the system schemas, with the best way in which it was obtained: the columns of effective_privileges(), without the role. For everybody.';
