-- Installs into an empty schema of the installing role's own, or of a superuser's,
-- and into no other.

-- Whoever owns the schema could plant functions that fit our calls better than
-- ours. CREATE EXTENSION takes a schema that is there already without asking.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace AS n JOIN pg_catalog.pg_roles AS r ON r.oid = n.nspowner
                   WHERE n.nspname = 'rds_guard' AND (r.rolsuper OR r.rolname = current_user)) THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'schema rds_guard belongs to another role',
            HINT = 'Look at what is in it, drop it, and try again.';
    END IF;
    IF EXISTS (SELECT FROM pg_catalog.pg_namespace AS n
               JOIN pg_catalog.pg_depend AS d ON d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid
                                                 AND d.classid <> 'pg_catalog.pg_extension'::regclass
               WHERE n.nspname = 'rds_guard') THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'schema rds_guard is not empty',
            HINT = 'Look at what is in it, drop it, and try again.';
    END IF;
END
$$;
