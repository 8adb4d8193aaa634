-- The editions without a library are upgraded by making everything anew. What the
-- site added meanwhile waits in a setting that ends with the transaction: its own
-- checks, the policies that it changed, and what it granted to roles of its own.

DO $$
DECLARE
    own_schema CONSTANT regnamespace := to_regnamespace('rds_guard');
    strangers text;
    messages CONSTANT text := current_setting('client_min_messages');
    kept jsonb;
BEGIN
    -- whoever may set it for this role or database must not be listened to
    PERFORM set_config('rds_guard.kept', '', true);
    IF own_schema IS NULL THEN
        RETURN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace AS n JOIN pg_catalog.pg_roles AS r ON r.oid = n.nspowner
                   WHERE n.oid = own_schema AND r.rolname = current_user) THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'schema rds_guard belongs to another role',
            HINT = 'Install as that role, or look at what is in the schema, drop it, and try again.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                   WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = own_schema) THEN
        DROP SCHEMA rds_guard;
        RETURN;
    END IF;
    IF to_regclass('rds_guard.check_definitions') IS NULL OR to_regclass('rds_guard.policy') IS NULL THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'schema rds_guard holds something else than rds_guard',
            HINT = 'Look at what is in it, drop it, and try again.';
    END IF;

    -- Whatever else is in our schema, or rests on what is, would go along.
    SELECT string_agg(DISTINCT s.description, ', ') INTO strangers
    FROM (
        SELECT pg_describe_object('pg_catalog.pg_class'::regclass, c.oid, 0) AS description
        FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace = own_schema AND c.relkind IN ('r', 'p', 'm', 'f', 'S') AND c.relname NOT IN ('policy', 'check_definitions')
        UNION ALL
        -- all functions and views of ours have a comment
        SELECT pg_describe_object('pg_catalog.pg_class'::regclass, c.oid, 0)
        FROM pg_catalog.pg_class AS c
        WHERE c.relnamespace = own_schema AND c.relkind = 'v' AND obj_description(c.oid, 'pg_class') IS NULL
        UNION ALL
        SELECT pg_describe_object('pg_catalog.pg_proc'::regclass, p.oid, 0)
        FROM pg_catalog.pg_proc AS p
        WHERE p.pronamespace = own_schema AND obj_description(p.oid, 'pg_proc') IS NULL
        UNION ALL
        -- and all triggers of ours call one of these
        SELECT pg_describe_object('pg_catalog.pg_trigger'::regclass, g.oid, 0)
        FROM pg_catalog.pg_trigger AS g
        JOIN pg_catalog.pg_class AS c ON c.oid = g.tgrelid AND c.relnamespace = own_schema
        JOIN pg_catalog.pg_proc AS p ON p.oid = g.tgfoid AND p.pronamespace <> own_schema
        WHERE NOT g.tgisinternal
        UNION ALL
        SELECT pg_describe_object('pg_catalog.pg_rewrite'::regclass, w.oid, 0)
        FROM pg_catalog.pg_rewrite AS w
        JOIN pg_catalog.pg_class AS c ON c.oid = w.ev_class AND c.relnamespace = own_schema
        WHERE w.rulename <> '_RETURN'
        UNION ALL
        -- nothing of ours is of another kind
        SELECT pg_describe_object(d.classid, d.objid, d.objsubid)
        FROM pg_catalog.pg_depend AS d
        WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = own_schema
              AND d.classid NOT IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_type'::regclass, 'pg_catalog.pg_proc'::regclass)
        UNION ALL
        SELECT pg_describe_object(d.classid, d.objid, d.objsubid)
        FROM (SELECT 'pg_catalog.pg_class'::regclass AS class, c.oid FROM pg_catalog.pg_class AS c WHERE c.relnamespace = own_schema
              UNION ALL
              SELECT 'pg_catalog.pg_type'::regclass, t.oid FROM pg_catalog.pg_type AS t WHERE t.typnamespace = own_schema
              UNION ALL
              SELECT 'pg_catalog.pg_proc'::regclass, p.oid FROM pg_catalog.pg_proc AS p WHERE p.pronamespace = own_schema) AS o
        JOIN pg_catalog.pg_depend AS d ON d.refclassid = o.class AND d.refobjid = o.oid
        -- what belongs to a relation has no schema by itself
        LEFT JOIN pg_catalog.pg_rewrite AS w ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND w.oid = d.objid
        LEFT JOIN pg_catalog.pg_trigger AS g ON d.classid = 'pg_catalog.pg_trigger'::regclass AND g.oid = d.objid
        LEFT JOIN pg_catalog.pg_constraint AS k ON d.classid = 'pg_catalog.pg_constraint'::regclass AND k.oid = d.objid
        LEFT JOIN pg_catalog.pg_attrdef AS a ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND a.oid = d.objid
        LEFT JOIN pg_catalog.pg_class AS r ON r.oid = coalesce(w.ev_class, g.tgrelid, k.conrelid, a.adrelid,
                                                               CASE d.classid WHEN 'pg_catalog.pg_class'::regclass THEN d.objid END)
        LEFT JOIN pg_catalog.pg_type AS t ON d.classid = 'pg_catalog.pg_type'::regclass AND t.oid = d.objid
        LEFT JOIN pg_catalog.pg_proc AS p ON d.classid = 'pg_catalog.pg_proc'::regclass AND p.oid = d.objid
        -- TOAST tables of ours lie elsewhere
        WHERE d.deptype NOT IN ('i', 'P', 'S')
              AND coalesce(r.relnamespace, t.typnamespace, p.pronamespace, 0) <> own_schema) AS s;
    IF strangers IS NOT NULL THEN
        RAISE dependent_objects_still_exist USING
            MESSAGE = 'an upgrade would drop what is not part of rds_guard: ' || strangers,
            HINT = 'Drop it before the upgrade, and create it again afterwards.';
    END IF;

    kept := jsonb_build_object(
        'checks', (SELECT jsonb_agg(to_jsonb(d)) FROM rds_guard.check_definitions AS d WHERE NOT d.builtin),
        'policies', (SELECT jsonb_object_agg(p.name, p.value) FROM rds_guard.policy AS p WHERE p.value <> p.shipped),
        -- what we give to PUBLIC and pg_monitor the new version decides
        'grants', (
            SELECT jsonb_agg(format('GRANT %s ON %s TO %I', q.privilege, q.object, r.rolname) || CASE WHEN q.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
            FROM (SELECT 'FUNCTION ' || p.oid::regprocedure AS object, a.privilege_type AS privilege, a.grantee, a.is_grantable, p.proowner AS owner
                  FROM pg_catalog.pg_proc AS p CROSS JOIN LATERAL aclexplode(p.proacl) AS a
                  WHERE p.pronamespace = own_schema
                  UNION ALL
                  SELECT c.oid::regclass::text, a.privilege_type, a.grantee, a.is_grantable, c.relowner
                  FROM pg_catalog.pg_class AS c CROSS JOIN LATERAL aclexplode(c.relacl) AS a
                  WHERE c.relnamespace = own_schema AND c.relkind IN ('r', 'v')
                  UNION ALL
                  SELECT c.oid::regclass::text, format('%s (%I)', a.privilege_type, t.attname), a.grantee, a.is_grantable, c.relowner
                  FROM pg_catalog.pg_class AS c
                  JOIN pg_catalog.pg_attribute AS t ON t.attrelid = c.oid
                  CROSS JOIN LATERAL aclexplode(t.attacl) AS a
                  WHERE c.relnamespace = own_schema AND c.relkind IN ('r', 'v')) AS q
            JOIN pg_catalog.pg_roles AS r ON r.oid = q.grantee AND r.oid <> q.owner AND r.rolname <> 'pg_monitor'));
    PERFORM set_config('rds_guard.kept', kept::text, true);

    PERFORM set_config('client_min_messages', 'warning', true);
    DROP SCHEMA rds_guard CASCADE;
    PERFORM set_config('client_min_messages', messages, true);
END
$$;
