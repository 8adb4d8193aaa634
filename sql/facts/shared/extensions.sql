-- What extensions let others do: who may call their functions, which jobs are
-- scheduled, and how a parameter of RDS is looked up that SQL does not show.

CREATE FUNCTION rds_guard.function_callers(functions oid[])
    RETURNS TABLE (function oid, owner oid, acl aclitem[], grantee oid, logins bigint)
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED ROWS 20
    SET search_path = pg_catalog, pg_temp
    SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    administrators CONSTANT oid[] := ARRAY(SELECT r.oid FROM pg_roles AS r JOIN rds_guard.administrators() AS a (role) ON a.role = r.rolname);
    internals CONSTANT oid[] := ARRAY(SELECT r.oid FROM pg_roles AS r JOIN rds_guard.internal_roles() AS i (role) ON i.role = r.rolname);
BEGIN
    IF cardinality(functions) = 0 THEN
        RETURN;
    END IF;
    RETURN QUERY
    WITH granted AS MATERIALIZED (
        SELECT p.oid, p.proowner, p.pronamespace, x.acl, a.grantee
        FROM unnest(functions) AS f (oid)
        JOIN pg_proc AS p ON p.oid = f.oid
        CROSS JOIN LATERAL (SELECT coalesce(p.proacl, acldefault('f', p.proowner))) AS x (acl)
        CROSS JOIN LATERAL (SELECT DISTINCT e.grantee FROM aclexplode(x.acl) AS e WHERE e.privilege_type = 'EXECUTE') AS a
        WHERE a.grantee <> ALL (administrators)
    ), ways AS MATERIALIZED (
        SELECT DISTINCT g.pronamespace, g.grantee FROM granted AS g
    ), holders AS MATERIALIZED (
        -- who can call it while being the current role
        SELECT w.pronamespace, w.grantee, r.oid
        FROM ways AS w
        JOIN pg_roles AS r ON has_schema_privilege(r.oid, w.pronamespace, 'USAGE')
                              AND CASE w.grantee WHEN 0 THEN true ELSE pg_has_role(r.oid, w.grantee, 'USAGE') END
                              AND r.oid <> ALL (administrators)
    ), counted AS MATERIALIZED (
        SELECT w.pronamespace, w.grantee,
               (SELECT count(*)
                FROM pg_roles AS r
                WHERE r.rolcanlogin AND r.oid <> ALL (administrators) AND r.oid <> ALL (internals)
                      AND (EXISTS (SELECT FROM holders AS h WHERE h.pronamespace = w.pronamespace AND h.grantee = w.grantee AND h.oid = r.oid)
                           -- or can become that
                           OR EXISTS (SELECT FROM holders AS h
                                      WHERE h.pronamespace = w.pronamespace AND h.grantee = w.grantee AND pg_has_role(r.oid, h.oid, 'MEMBER')))) AS logins
        FROM ways AS w
    )
    SELECT g.oid, g.proowner, g.acl, g.grantee, c.logins
    FROM granted AS g
    JOIN counted AS c ON c.pronamespace = g.pronamespace AND c.grantee = g.grantee
    WHERE c.logins > 0 OR (g.grantee = 0 AND has_schema_privilege('public', g.pronamespace, 'USAGE'));
END
$$;

COMMENT ON FUNCTION rds_guard.function_callers(oid[]) IS
'Who may call some functions: a row for each function and each role (0: PUBLIC) other than an administrator that EXECUTE on it is granted to, or that owns it, if a login role gets to call it by that, in every way a membership can be used, or each future one would; with the owner, the list of privileges and the number of such login roles. Without USAGE on the schema nobody calls a function. For everybody.';

CREATE FUNCTION rds_guard.cron_table() RETURNS oid
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- to_regclass() fails for who may not use the schema
    RETURN (SELECT c.oid FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE n.nspname = 'cron' AND c.relname = 'job');
END
$$;

COMMENT ON FUNCTION rds_guard.cron_table() IS
'The OID of cron.job, the table of jobs of pg_cron, NULL where this database has none. For everybody.';

CREATE FUNCTION rds_guard.cron_jobs() RETURNS TABLE (id text, role text, database text, active boolean, command text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    jobs CONSTANT oid := rds_guard.cron_table();
BEGIN
    -- a table of that name that is not the scheduler's proves nothing
    IF NOT coalesce(has_schema_privilege((SELECT c.relnamespace FROM pg_class AS c WHERE c.oid = jobs), 'USAGE') AND has_table_privilege(jobs, 'SELECT'), false)
       OR NOT (SELECT r.rolsuper FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner WHERE c.oid = jobs) THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE
        'SELECT j.jobid::text, j.username::text, j.database::text, j.active::boolean, j.command::text FROM cron.job AS j';
END
$$;

COMMENT ON FUNCTION rds_guard.cron_jobs() IS
'A row for each job of pg_cron that the caller may see: its number, the name of the role that it runs as (there need not be one of that name), the database that it runs in, whether it is active, and the command, which may hold a secret. No row in databases without cron.job. For everybody; jobs_unseen() says whether there may be others.';

CREATE FUNCTION rds_guard.jobs_unseen() RETURNS TABLE (reason text, hint text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT 'jobs of other roles in cron.job are hidden by row security'::text,
           CASE WHEN rds_guard.on_rds() THEN 'Have each role that schedules jobs look at cron.job, or SET ROLE to each.'
                ELSE 'Run the report as a role with BYPASSRLS that may read cron.job, or as a superuser.' END
    FROM pg_class AS c
    JOIN pg_roles AS o ON o.oid = c.relowner AND o.rolsuper
    JOIN pg_roles AS r ON r.rolname = current_user
    WHERE c.oid = rds_guard.cron_table() AND NOT r.rolsuper
          AND NOT (has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND (r.rolbypassrls OR NOT c.relrowsecurity));
END
$$;

COMMENT ON FUNCTION rds_guard.jobs_unseen() IS
'One row where this database has a cron.job of pg_cron that the caller sees only a part of, or nothing, with what would show the rest. For everybody.';

CREATE FUNCTION rds_guard.setting_lookup(name text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT format('aws rds describe-db-%sparameters --db-%sparameter-group-name YOUR_GROUP --query "Parameters[?ParameterName==''%s''].ParameterValue"', g.kind, g.kind, name)
        FROM rds_guard.platform() AS p
        CROSS JOIN LATERAL (SELECT CASE p.platform WHEN 'aurora' THEN 'cluster-' ELSE '' END) AS g (kind));
END
$$;

COMMENT ON FUNCTION rds_guard.setting_lookup(text) IS
'The aws command that prints a parameter of RDS or Aurora which SQL does not show. For everybody.';
