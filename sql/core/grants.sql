-- Who may call what. Everything runs with the rights of its caller, so this
-- decides who is meant to, not what they could see.

-- Privileges on all data (pg_write_all_data) are no leave to change what others
-- run: whoever does not own the registry can add and change only checks under
-- their own name, which run for nobody mightier.
CREATE FUNCTION rds_guard.keep_registry() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF pg_has_role((SELECT c.relowner FROM pg_class AS c WHERE c.oid = TG_RELID), 'USAGE') THEN
        RETURN CASE TG_OP WHEN 'DELETE' THEN old ELSE new END;
    END IF;
    IF TG_OP <> 'INSERT' AND (old.builtin OR old.definer <> quote_ident(current_user)::regrole) THEN
        RAISE insufficient_privilege USING
            MESSAGE = format('permission denied to change check "%s"', old.check_id);
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN old;
    END IF;
    new.builtin := false;
    new.definer := quote_ident(current_user)::regrole;
    RETURN new;
END
$$;

COMMENT ON FUNCTION rds_guard.keep_registry() IS
'Trigger on the registry: who is not its owner may write only checks that are not built in and that carry their own name as definer. Error 42501 otherwise.';

CREATE TRIGGER keep_registry BEFORE INSERT OR UPDATE OR DELETE ON rds_guard.check_definitions
    FOR EACH ROW EXECUTE FUNCTION rds_guard.keep_registry();
ALTER TABLE rds_guard.check_definitions ENABLE ALWAYS TRIGGER keep_registry;

-- Default privileges of whoever installs us may have given rights to others.
-- Who may write here runs code as whoever runs the report.
DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        SELECT format('REVOKE ALL ON SCHEMA rds_guard FROM %s CASCADE', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
        FROM pg_catalog.pg_namespace AS n CROSS JOIN LATERAL aclexplode(n.nspacl) AS a
        WHERE n.nspname = 'rds_guard' AND a.grantee <> n.nspowner
        UNION
        SELECT format('REVOKE ALL ON rds_guard.%I FROM %s CASCADE', c.relname, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END)
        FROM pg_catalog.pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
        WHERE c.relnamespace = 'rds_guard'::regnamespace AND a.grantee <> c.relowner
        UNION
        SELECT format('REVOKE ALL ON FUNCTION %s FROM %s CASCADE', p.oid::regprocedure, quote_ident(pg_get_userbyid(a.grantee)))
        FROM pg_catalog.pg_proc AS p CROSS JOIN LATERAL aclexplode(p.proacl) AS a
        WHERE p.pronamespace = 'rds_guard'::regnamespace AND a.grantee NOT IN (0, p.proowner)
    LOOP
        EXECUTE statement;
    END LOOP;
END
$$;

-- All checks so far came with the product; what is defined from now on is a
-- check of the site's own.
ALTER TABLE rds_guard.check_definitions ALTER COLUMN builtin SET DEFAULT false;

GRANT USAGE ON SCHEMA rds_guard TO PUBLIC;
GRANT SELECT ON rds_guard.check_definitions, rds_guard.checks, rds_guard.my_memberships, rds_guard.my_privileges TO PUBLIC;

REVOKE ALL ON FUNCTION rds_guard.define_check(text, text, rds_guard.severity, text, text, text, text[], text, text, text) FROM PUBLIC;

REVOKE ALL ON FUNCTION rds_guard.report(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO pg_monitor;
GRANT SELECT ON rds_guard.summary, rds_guard.readiness, rds_guard.metrics TO pg_monitor;
GRANT SELECT ON rds_guard.policy TO pg_monitor;
