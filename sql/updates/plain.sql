-- Before an installation by psql: an extension has its own way to be upgraded.

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = 'rds_guard') THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = 'rds_guard is installed as an extension here',
            HINT = 'Update that with ALTER EXTENSION rds_guard UPDATE, or drop it first.';
    END IF;
END
$$;
