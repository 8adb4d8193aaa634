-- The report about what Amazon's command line printed. Documents of thousands
-- of instances are sorted and kept in memory: hence its work_mem. A plan for one
-- value of a parameter would hold copies of them all: hence plan_cache_mode.

CREATE FUNCTION rds_guard.aws_report(document jsonb, "only" text[] DEFAULT NULL, instance text DEFAULT NULL, captured timestamptz DEFAULT NULL)
    RETURNS SETOF rds_guard.finding
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET work_mem = '64MB'
    SET plan_cache_mode = force_generic_plan
AS $$
    SELECT f.* FROM rds_guard.run_checks("only", ARRAY['aws'], rds_guard.aws_bundle(document, instance, captured)) AS f
$$;

COMMENT ON FUNCTION rds_guard.aws_report(jsonb, text[], text, timestamptz) IS
'What is unsafe about instances of RDS and Aurora, as the documents tell that Amazon''s command line prints with --output json: one of them, an array, or an object with several under names of your choice. Parameters and policies of keys need names that hold those of the group and the key; where several have that name, the region, the account, or the word instance or cluster, too. Pages of a list are next to each other in an array. Nothing is asked of the network. Columns and order as in report(); a check whose document is not there says unknown and, as fix, the command. Only: check ids and category names, NULL for all. Instance: the instance or cluster that this server is, its identifier, resource id or ARN, for the checks of category aws_server. Captured: when the documents were printed, NULL for now. For everybody; the policy is for whoever may read it. Error 22023 for what is no document of Amazon''s, with its path, and for an unknown id or category.';
