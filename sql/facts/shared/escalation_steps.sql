-- The single steps by which one role gets the power of another, apart from
-- memberships. Each kind was walked on servers of each version before it was
-- written down here, and is walked again by test/t/014_escalation.pl.
--
-- Somebody is at a role in one of three states: "session" is to act as the role
-- (to have logged in as it or to have SET ROLE), "definer" is to have code run
-- as it (where SET ROLE is refused), "hold" is to have its privileges, without
-- its attributes. Each has what the later ones have. A step says from where it
-- can be taken and where it leads.

CREATE TYPE rds_guard.escalation_step AS (
    kind text,
    tail oid,
    tail_state text,
    head oid,
    head_state text,
    power text,
    object text,
    sentence text,
    fix text,
    evidence jsonb
);

COMMENT ON TYPE rds_guard.escalation_step IS
'One step: its kind, the role (0: PUBLIC) and the state from where, the role and the state, or else the power, to where, the object that allows it, the instruction, the statement that ends it, and the evidence.';

CREATE FUNCTION rds_guard.escalation_by_catalog() RETURNS SETOF rds_guard.escalation_step
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    catalogs CONSTANT regclass[] := '{pg_authid,pg_auth_members,pg_proc,pg_class,pg_attribute,pg_language}';
BEGIN
    -- as a rule none of them has anything of the kind
    IF NOT EXISTS (SELECT FROM pg_attribute AS t WHERE t.attrelid = ANY (catalogs) AND t.attacl IS NOT NULL)
       AND NOT EXISTS (SELECT FROM pg_class AS c JOIN pg_roles AS r ON r.oid = c.relowner
                       WHERE c.oid = ANY (catalogs) AND (NOT r.rolsuper OR c.relacl::text ~ '[*]')) THEN
        RETURN;
    END IF;

    -- Privileges on whole catalogs do not count for others than superusers,
    -- those on columns do; and who may pass on the former may grant itself the
    -- latter.
    RETURN QUERY
    WITH ways (catalog, columns, power, needs_function, statement) AS (
        VALUES ('pg_authid', '{rolsuper}'::name[], 'superuser', false, 'UPDATE pg_catalog.pg_authid SET rolsuper = true;'),
               ('pg_authid', '{rolpassword}', 'superuser', false,
                'UPDATE pg_catalog.pg_authid SET rolpassword = the verifier of a password of yours; then log in as a superuser, where pg_hba.conf asks for a password.'),
               ('pg_auth_members', '{member,roleid}', 'superuser', false,
                'UPDATE pg_catalog.pg_auth_members SET roleid = 10, member = current_user::regrole WHERE roleid = ''pg_read_all_settings''::regrole; SET ROLE to the superuser.'),
               ('pg_proc', '{proowner}', 'superuser', true,
                'CREATE FUNCTION pg_temp.f() ... SECURITY DEFINER; UPDATE pg_catalog.pg_proc SET proowner = 10 WHERE proname = ''f''; SELECT pg_temp.f();'),
               ('pg_proc', '{prolang}', 'pg_write_server_files', true,
                'CREATE FUNCTION pg_temp.f(oid, text) RETURNS integer LANGUAGE plpgsql AS ''be_lo_export''; UPDATE pg_catalog.pg_proc SET prolang = 12 WHERE proname = ''f'';'),
               ('pg_proc', '{proacl}', 'pg_write_server_files', false, 'UPDATE pg_catalog.pg_proc SET proacl = NULL WHERE proname = ''lo_export'';'),
               ('pg_class', '{relowner}', 'superuser', false,
                'UPDATE pg_catalog.pg_class SET relowner = current_user::regrole WHERE oid = ''pg_authid''::regclass; GRANT UPDATE (rolsuper) ON pg_authid TO CURRENT_USER; UPDATE pg_catalog.pg_authid SET rolsuper = true;'),
               ('pg_attribute', '{attacl}', 'superuser', false,
                'UPDATE pg_catalog.pg_attribute SET attacl = ARRAY[makeaclitem(0, 10, ''UPDATE'', false)] WHERE attrelid = ''pg_authid''::regclass AND attname = ''rolsuper''; UPDATE pg_catalog.pg_authid SET rolsuper = true;'),
               ('pg_language', '{lanpltrusted}', 'pg_write_server_files', true,
                'UPDATE pg_catalog.pg_language SET lanpltrusted = true WHERE lanname = ''internal''; CREATE FUNCTION pg_temp.f(oid, text) RETURNS integer LANGUAGE internal AS ''be_lo_export'';')
    ), found AS (
        SELECT w.*, c.oid, c.relowner, c.relacl, rds_guard.relation_name(c.oid) AS object,
               CASE WHEN w.needs_function THEN rds_guard.function_creators(true) END AS creators
        FROM ways AS w
        JOIN pg_class AS c ON c.relname = w.catalog AND c.relnamespace = 'pg_catalog'::regnamespace
    ), columns AS (
        SELECT f.catalog, f.columns, t.attname, t.attacl, a.grantee
        FROM found AS f
        JOIN pg_attribute AS t ON t.attrelid = f.oid AND t.attname = ANY (f.columns) AND t.attacl IS NOT NULL
        CROSS JOIN LATERAL aclexplode(t.attacl) AS a
        WHERE a.privilege_type = 'UPDATE'
    )
    SELECT 'catalog_write', h.tail, 'hold', NULL::oid, NULL, f.power, f.object || ' (' || array_to_string(f.columns, ', ') || ')', f.statement,
           -- one column less is enough
           (SELECT string_agg(rds_guard.revoke_statements(c.attacl, f.relowner, c.grantee, f.object, 'UPDATE', c.attname), ' ' ORDER BY c.grantee)
            FROM columns AS c
            WHERE c.catalog = f.catalog AND c.columns = f.columns AND c.attname = f.columns[1]
                  AND (c.grantee = 0 OR (pg_has_role(h.tail, c.grantee, 'USAGE') AND NOT EXISTS (SELECT FROM pg_roles AS s WHERE s.oid = c.grantee AND s.rolsuper)))),
           jsonb_build_object('catalog', f.catalog, 'columns', f.columns)
    FROM found AS f
    CROSS JOIN LATERAL rds_guard.holders(
        ARRAY(SELECT c.grantee FROM columns AS c WHERE c.catalog = f.catalog AND c.columns = f.columns AND c.attname = f.columns[1]),
        CASE WHEN cardinality(f.columns) > 1 THEN
                 ARRAY(SELECT c.grantee FROM columns AS c WHERE c.catalog = f.catalog AND c.columns = f.columns AND c.attname = f.columns[2]) END,
        f.creators) AS h (tail)
    UNION ALL
    SELECT 'catalog_write', h.tail, 'hold', NULL, NULL, f.power, f.object,
           format('GRANT UPDATE (%s) ON %s TO CURRENT_USER; ', array_to_string(f.columns, ', '), f.object) || f.statement, g.fix,
           jsonb_build_object('catalog', f.catalog, 'owner', f.relowner = g.grantee)
    FROM found AS f
    CROSS JOIN LATERAL (
        SELECT f.relowner, format('SET allow_system_table_mods = on; ALTER TABLE %s OWNER TO %s; RESET allow_system_table_mods;', f.object, rds_guard.role_name(10))
        UNION ALL
        SELECT a.grantee, rds_guard.as_grantor(a.grantor, f.relowner, format('REVOKE GRANT OPTION FOR UPDATE ON %s FROM %s CASCADE;', f.object, rds_guard.role_name(a.grantee)))
        FROM aclexplode(f.relacl) AS a
        WHERE a.privilege_type = 'UPDATE' AND a.is_grantable AND a.grantee <> f.relowner
    ) AS g (grantee, fix)
    JOIN pg_roles AS r ON r.oid = g.grantee AND NOT r.rolsuper
    CROSS JOIN LATERAL rds_guard.holders(ARRAY[g.grantee], f.creators) AS h (tail);
END
$$;

COMMENT ON FUNCTION rds_guard.escalation_by_catalog() IS
'The steps that privileges on columns of system catalogs allow, and those on whole catalogs that can be passed on. For everybody. Source: pg_class_aclmask(), pg_attribute_aclmask() and ExecGrant_Attribute() in aclchk.c.';

CREATE FUNCTION rds_guard.escalation_by_grant() RETURNS SETOF rds_guard.escalation_step
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    -- functions that do what a predefined role may
    RETURN QUERY
    SELECT 'server_function', h.tail, 'hold', NULL::oid, NULL, w.power, rds_guard.function_name(p.oid),
           format('Call %s: %s.', rds_guard.function_name(p.oid), w.does),
           rds_guard.revoke_statements(coalesce(p.proacl, acldefault('f', p.proowner)), p.proowner, a.grantee, 'FUNCTION ' || rds_guard.function_name(p.oid), 'EXECUTE'),
           jsonb_build_object('function', rds_guard.function_name(p.oid), 'grantee', rds_guard.role_name(a.grantee))
    FROM (VALUES ('pg_read_file', 'pg_read_server_files', 'it reads what lies in the data directory, the password verifiers included'),
                 ('pg_read_binary_file', 'pg_read_server_files', 'it reads what lies in the data directory, the password verifiers included'),
                 ('lo_import', 'pg_read_server_files', 'it reads every file that the server can read'),
                 ('lo_export', 'pg_write_server_files', 'it writes every file that the server can write'),
                 ('pg_file_write', 'pg_write_server_files', 'it writes what lies in the data directory, pg_hba.conf included'),
                 ('pg_file_rename', 'pg_write_server_files', 'it replaces what lies in the data directory, pg_hba.conf included'),
                 ('dblink_connect_u', 'superuser', 'it connects as the operating system user of the server, as a superuser where pg_hba.conf trusts that user')
         ) AS w (name, power, does)
    JOIN pg_proc AS p ON p.proname = w.name
    JOIN pg_namespace AS n ON n.oid = p.pronamespace
    JOIN pg_language AS l ON l.oid = p.prolang AND l.lanname IN ('internal', 'c')
    CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
    CROSS JOIN LATERAL rds_guard.holders(ARRAY[a.grantee], rds_guard.grantees(coalesce(n.nspacl, acldefault('n', n.nspowner)), 'USAGE')) AS h (tail)
    WHERE a.grantee <> p.proowner;

    -- a language in which a function can do anything, open to others
    RETURN QUERY
    SELECT 'language', h.tail, 'hold', NULL::oid, NULL, 'pg_write_server_files', rds_guard.ident(l.lanname),
           'CREATE FUNCTION pg_temp.f(oid, text) RETURNS integer LANGUAGE internal AS ''be_lo_export''; it writes every file that the server can write.',
           format('UPDATE pg_catalog.pg_language SET lanpltrusted = false WHERE lanname = %L;', l.lanname),
           jsonb_build_object('language', l.lanname)
    FROM pg_language AS l
    CROSS JOIN LATERAL rds_guard.holders(rds_guard.grantees(coalesce(l.lanacl, acldefault('l', l.lanowner)), 'USAGE'), rds_guard.function_creators(true)) AS h (tail)
    WHERE l.lanname = 'internal' AND l.lanpltrusted;

    -- Parameters that are run by a shell. Those that name a library or a folder
    -- need a file of one's own on the server besides.
    RETURN QUERY
    SELECT 'parameter', h.tail, 'hold', NULL::oid, NULL, 'pg_execute_server_program', p.parameter,
           format('ALTER SYSTEM SET %s = a command of yours; the server runs it once the configuration has been reloaded.', p.parameter),
           rds_guard.revoke_statements(p.acl, 10, p.grantee, 'PARAMETER ' || p.parameter, 'ALTER SYSTEM'),
           jsonb_build_object('parameter', p.parameter, 'waits_for', 'the next reload')
    FROM rds_guard.parameter_privileges() AS p
    CROSS JOIN LATERAL rds_guard.holders(ARRAY[p.grantee]) AS h (tail)
    WHERE p.privilege = 'ALTER SYSTEM' AND p.grantee <> 10
          -- 17 can refuse ALTER SYSTEM altogether
          AND coalesce(current_setting('allow_alter_system', true), 'on') = 'on'
          AND CASE p.parameter
                  WHEN 'archive_command' THEN
                      current_setting('archive_mode') = CASE WHEN pg_is_in_recovery() THEN 'always' ELSE current_setting('archive_mode') END
                      AND current_setting('archive_mode') <> 'off' AND coalesce(current_setting('archive_library', true), '') = ''
                  WHEN 'restore_command' THEN pg_is_in_recovery()
                  WHEN 'archive_cleanup_command' THEN pg_is_in_recovery()
                  WHEN 'recovery_end_command' THEN pg_is_in_recovery()
              END;

    -- TRIGGER on tables of others. Many tables are granted at once, so that
    -- they are one step for each grantee and owner.
    RETURN QUERY
    WITH granted AS MATERIALIZED (
        SELECT a.grantee, c.relowner, c.relnamespace, min(c.oid) AS example, count(*) AS tables, bool_and(a.grantor = c.relowner) AS by_owner
        FROM pg_class AS c
        CROSS JOIN LATERAL aclexplode(c.relacl) AS a
        WHERE c.relkind IN ('r', 'p', 'f') AND c.oid >= 16384 AND c.relacl IS NOT NULL
              AND a.privilege_type = 'TRIGGER' AND a.grantee <> c.relowner
              AND a.grantee NOT IN (SELECT r.oid FROM pg_roles AS r WHERE r.rolsuper)
        GROUP BY a.grantee, c.relowner, c.relnamespace
    ), creators AS MATERIALIZED (
        SELECT rds_guard.function_creators(true) AS roles
    )
    SELECT 'trigger_privilege', h.tail, 'hold', g.relowner, CASE WHEN o.rolcanlogin THEN 'session' ELSE 'definer' END, NULL, x.object,
           format('CREATE TRIGGER ... BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT with a function of yours; it runs as %s when %s next writes there.',
                  x.object, rds_guard.role_name(g.relowner), rds_guard.role_name(g.relowner)),
           CASE WHEN g.tables > 1 AND g.by_owner
                THEN format('REVOKE TRIGGER ON ALL TABLES IN SCHEMA %s FROM %s;', rds_guard.ident(n.nspname), rds_guard.role_name(g.grantee))
                ELSE (SELECT string_agg(rds_guard.revoke_statements(c.relacl, c.relowner, g.grantee, rds_guard.relation_name(c.oid), 'TRIGGER'), ' ' ORDER BY c.oid)
                      FROM pg_class AS c
                      WHERE c.relnamespace = g.relnamespace AND c.relowner = g.relowner AND c.relkind IN ('r', 'p', 'f') AND c.relacl IS NOT NULL)
           END,
           jsonb_build_object('table', x.object, 'tables', g.tables, 'owner', o.rolname, 'grantee', rds_guard.role_name(g.grantee),
                              'waits_for', 'the next write by the owner')
    FROM granted AS g
    JOIN pg_namespace AS n ON n.oid = g.relnamespace
    JOIN pg_roles AS o ON o.oid = g.relowner
    CROSS JOIN creators AS k
    CROSS JOIN LATERAL (SELECT rds_guard.relation_name(g.example)) AS x (object)
    CROSS JOIN LATERAL rds_guard.holders(ARRAY[g.grantee], rds_guard.grantees(coalesce(n.nspacl, acldefault('n', n.nspowner)), 'USAGE'), k.roles) AS h (tail);
END
$$;

COMMENT ON FUNCTION rds_guard.escalation_by_grant() IS
'The steps that privileges on functions, languages, parameters and tables of others allow. For everybody.';

CREATE FUNCTION rds_guard.escalation_by_ownership() RETURNS SETOF rds_guard.escalation_step
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    superusers CONSTANT oid[] := ARRAY(SELECT r.oid FROM pg_roles AS r WHERE r.rolsuper);
    -- CREATEROLE is as good up to 15
    mighty CONSTANT oid[] := superusers || ARRAY(
        SELECT r.oid FROM pg_roles AS r WHERE r.rolcreaterole AND NOT r.rolsuper AND current_setting('server_version_num')::integer < 160000);
BEGIN
    -- Functions that others run, because something of theirs depends on them.
    -- The owner changes them by CREATE OR REPLACE; if that is not allowed in
    -- their schema, after moving them to another.
    IF EXISTS (SELECT FROM pg_proc AS p WHERE p.proowner <> ALL (superusers)) THEN
        RETURN QUERY
        WITH creators AS MATERIALIZED (
            SELECT rds_guard.function_creators(false) AS roles
        ), functions AS MATERIALIZED (
            SELECT p.oid, p.proowner, p.pronamespace
            FROM pg_proc AS p
            WHERE p.proowner <> ALL (superusers)
        ), uses AS MATERIALIZED (
            SELECT f.*, d.classid, d.objid, d.objsubid
            FROM functions AS f
            JOIN pg_depend AS d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = f.oid
            WHERE d.deptype IN ('n', 'a', 'i')
        ), runs AS (
            SELECT u.oid, u.proowner, u.pronamespace, 'trigger_function' AS kind, c.relowner AS runner, true AS in_session,
                   rds_guard.relation_name(c.oid) AS object, NULL::oid AS called,
                   format('a trigger on %s: it runs when %s next writes there', rds_guard.relation_name(c.oid), rds_guard.role_name(c.relowner)) AS occasion
            FROM uses AS u
            JOIN pg_trigger AS t ON u.classid = 'pg_trigger'::regclass AND t.oid = u.objid AND NOT t.tgisinternal AND t.tgenabled <> 'D'
            JOIN pg_class AS c ON c.oid = t.tgrelid AND c.relkind IN ('r', 'p', 'f')
            UNION ALL
            SELECT u.oid, u.proowner, u.pronamespace, 'event_trigger', t.evtowner, true, rds_guard.ident(t.evtname), NULL,
                   format('the event trigger %s: it runs at the next %s by whoever does that, superusers included', rds_guard.ident(t.evtname), t.evtevent)
            FROM uses AS u
            JOIN pg_event_trigger AS t ON u.classid = 'pg_event_trigger'::regclass AND t.oid = u.objid AND t.evtenabled <> 'D'
            UNION ALL
            SELECT u.oid, u.proowner, u.pronamespace, 'expression_function', c.relowner, x.kind NOT IN ('materialized view', 'statistics'), rds_guard.relation_name(c.oid), NULL,
                   format('%s of %s: it runs when %s next %s', x.kind, rds_guard.relation_name(c.oid), rds_guard.role_name(c.relowner),
                          CASE x.kind WHEN 'materialized view' THEN 'refreshes it' WHEN 'statistics' THEN 'analyzes it' ELSE 'writes there' END)
            FROM uses AS u
            CROSS JOIN LATERAL (
                SELECT 'an index', i.indrelid FROM pg_index AS i WHERE u.classid = 'pg_class'::regclass AND i.indexrelid = u.objid
                UNION ALL
                SELECT 'a default', a.adrelid FROM pg_attrdef AS a WHERE u.classid = 'pg_attrdef'::regclass AND a.oid = u.objid
                UNION ALL
                -- up to 14
                SELECT 'a generated column', a.attrelid
                FROM pg_attribute AS a
                WHERE u.classid = 'pg_class'::regclass AND a.attrelid = u.objid AND a.attnum = u.objsubid AND a.attgenerated <> ''
                UNION ALL
                SELECT 'a constraint', k.conrelid FROM pg_constraint AS k WHERE u.classid = 'pg_constraint'::regclass AND k.oid = u.objid AND k.contype = 'c'
                UNION ALL
                SELECT CASE r.relkind WHEN 'm' THEN 'materialized view' ELSE 'a rule' END, w.ev_class
                FROM pg_rewrite AS w
                JOIN pg_class AS r ON r.oid = w.ev_class AND r.relkind IN ('r', 'p', 'f', 'm')
                WHERE u.classid = 'pg_rewrite'::regclass AND w.oid = u.objid AND w.ev_enabled <> 'D'
                UNION ALL
                SELECT 'statistics', s.stxrelid FROM pg_statistic_ext AS s WHERE u.classid = 'pg_statistic_ext'::regclass AND s.oid = u.objid
            ) AS x (kind, relation)
            JOIN pg_class AS c ON c.oid = x.relation
            UNION ALL
            -- a policy runs as who queries: the roles that it names, and the
            -- owner if it is forced on them
            SELECT u.oid, u.proowner, u.pronamespace, 'policy_function', q.role, true, rds_guard.relation_name(c.oid), NULL,
                   format('the policy %s on %s: it runs when %s next queries there', rds_guard.ident(y.polname), rds_guard.relation_name(c.oid), rds_guard.role_name(q.role))
            FROM uses AS u
            JOIN pg_policy AS y ON u.classid = 'pg_policy'::regclass AND y.oid = u.objid
            JOIN pg_class AS c ON c.oid = y.polrelid AND c.relrowsecurity
            CROSS JOIN LATERAL (
                SELECT p.role FROM unnest(y.polroles) AS p (role) WHERE p.role <> 0
                UNION
                SELECT c.relowner WHERE c.relforcerowsecurity
            ) AS q (role)
            JOIN pg_roles AS r ON r.oid = q.role AND NOT r.rolsuper AND NOT r.rolbypassrls
            UNION ALL
            -- a body that was bound at creation: SECURITY DEFINER runs it as its owner
            SELECT u.oid, u.proowner, u.pronamespace, 'definer_calls_function', p.proowner, false, rds_guard.function_name(p.oid), p.oid,
                   format('%s: it runs as %s when you call that', rds_guard.function_name(p.oid), rds_guard.role_name(p.proowner))
            FROM uses AS u
            JOIN pg_proc AS p ON u.classid = 'pg_proc'::regclass AND p.oid = u.objid AND p.prosecdef
        )
        SELECT DISTINCT ON (h.tail, r.runner, r.kind, r.object, x.function)
               r.kind, h.tail, 'hold', r.runner, CASE WHEN r.in_session AND o.rolcanlogin THEN 'session' ELSE 'definer' END, NULL::text, x.function,
               format('CREATE OR REPLACE FUNCTION %s with a body of yours%s. The function is part of %s.', x.function,
                      CASE WHEN EXISTS (SELECT FROM unnest(rds_guard.grantees(coalesce(n.nspacl, acldefault('n', n.nspowner)), 'CREATE')) AS g (role)
                                        WHERE g.role = 0 OR (h.tail <> 0 AND pg_has_role(h.tail, g.role, 'USAGE')))
                           THEN '' ELSE ', after ALTER FUNCTION ... SET SCHEMA to a schema where you may create' END, r.occasion),
               format('ALTER ROUTINE %s OWNER TO %s;', x.function, rds_guard.role_name(r.runner)),
               jsonb_strip_nulls(jsonb_build_object('function', x.function, 'owner', rds_guard.role_name(r.proowner), 'object', r.object, 'runs_as', o.rolname,
                                                    'waits_for', CASE WHEN r.called IS NULL THEN 'the next use by ' || rds_guard.role_name(r.runner) END))
        FROM runs AS r
        JOIN pg_roles AS o ON o.oid = r.runner
        JOIN pg_namespace AS n ON n.oid = r.pronamespace
        LEFT JOIN pg_proc AS p ON p.oid = r.called
        LEFT JOIN pg_namespace AS pn ON pn.oid = p.pronamespace
        CROSS JOIN creators AS k
        CROSS JOIN LATERAL (SELECT rds_guard.function_name(r.oid)) AS x (function)
        CROSS JOIN LATERAL rds_guard.holders(
            ARRAY[r.proowner], k.roles,
            CASE WHEN p.oid IS NOT NULL THEN rds_guard.grantees(coalesce(p.proacl, acldefault('f', p.proowner)), 'EXECUTE') END,
            CASE WHEN p.oid IS NOT NULL THEN rds_guard.grantees(coalesce(pn.nspacl, acldefault('n', pn.nspowner)), 'USAGE') END) AS h (tail)
        WHERE r.runner <> r.proowner
        ORDER BY h.tail, r.runner, r.kind, r.object, x.function;
    END IF;

    -- Who has all privileges of a role, if not its attributes, can change its
    -- functions and have them run with these. The first superuser has some
    -- in each database.
    IF EXISTS (SELECT FROM pg_auth_members AS m WHERE m.roleid = ANY (mighty)) THEN
        RETURN QUERY
        SELECT 'own_function', r.oid, 'hold', r.oid, 'definer', NULL::text, x.function,
               format('CREATE OR REPLACE FUNCTION %s ... SECURITY DEFINER with a body of yours, and call it: it runs as %s.', x.function, rds_guard.role_name(r.oid)),
               NULL::text, jsonb_build_object('function', x.function, 'owner', r.rolname)
        FROM pg_roles AS r
        CROSS JOIN LATERAL (
            SELECT rds_guard.function_name(p.oid)
            FROM pg_proc AS p
            JOIN pg_namespace AS n ON n.oid = p.pronamespace
            JOIN pg_language AS l ON l.oid = p.prolang AND l.lanname IN ('sql', 'plpgsql')
            WHERE p.proowner = r.oid AND p.prokind = 'f' AND has_schema_privilege(r.oid, n.oid, 'CREATE')
                  -- by its privileges, not as a superuser
                  AND EXISTS (SELECT FROM aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
                              WHERE a.privilege_type = 'CREATE' AND a.grantee IN (0, r.oid))
            ORDER BY n.nspname <> 'information_schema', p.oid
            LIMIT 1
        ) AS x (function)
        WHERE r.oid = ANY (mighty) AND EXISTS (SELECT FROM pg_auth_members AS m WHERE m.roleid = r.oid);
    END IF;

    -- Logical replication writes to a table as the owner of the subscription:
    -- up to 15 always, from 16 on if it says so.
    IF EXISTS (SELECT FROM pg_subscription_rel) AND has_column_privilege('pg_catalog.pg_subscription', 'oid', 'SELECT') THEN
        RETURN QUERY EXECUTE format($query$
            SELECT 'subscription', c.relowner, 'hold', s.subowner, 'definer', NULL::text, x.object,
                   format('CREATE TRIGGER ... BEFORE INSERT ON %%s FOR EACH ROW with a function of yours, and ALTER TABLE %%s ENABLE ALWAYS TRIGGER ...; it runs as %%s when the subscription %%s next writes there.',
                          x.object, x.object, rds_guard.role_name(s.subowner), rds_guard.ident(s.subname)),
                   CASE WHEN %L THEN format('ALTER SUBSCRIPTION %%s SET (run_as_owner = false);', rds_guard.ident(s.subname))
                        ELSE format('ALTER TABLE %%s OWNER TO %%s;', x.object, rds_guard.role_name(s.subowner)) END,
                   jsonb_build_object('table', x.object, 'subscription', s.subname, 'waits_for', 'the next replicated change')
            FROM pg_catalog.pg_subscription AS s
            JOIN pg_catalog.pg_subscription_rel AS l ON l.srsubid = s.oid
            JOIN pg_catalog.pg_class AS c ON c.oid = l.srrelid
            CROSS JOIN LATERAL (SELECT rds_guard.relation_name(c.oid)) AS x (object)
            WHERE s.subenabled AND %s AND c.relowner <> s.subowner
            $query$,
            current_setting('server_version_num')::integer >= 160000,
            CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN 's.subrunasowner' ELSE 'true' END);
    END IF;
END
$$;

COMMENT ON FUNCTION rds_guard.escalation_by_ownership() IS
'The steps that owning what others run allows: functions of triggers, event triggers, indexes, defaults, constraints, rules, policies, materialized views and statistics of others, and tables that a subscription of others writes to. Views do not count, nor functions behind operators, casts and types. For everybody.';

CREATE FUNCTION rds_guard.escalation_by_code() RETURNS SETOF rds_guard.escalation_step
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
    SET jit = off
    SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    database_acl CONSTANT aclitem[] := (SELECT coalesce(d.datacl, acldefault('d', d.datdba)) FROM pg_database AS d WHERE d.datname = current_database());
    may_create_schema oid[];
    may_create_temp oid[];
    may_create_function oid[];
    may_create_either oid[];
BEGIN
    IF NOT EXISTS (SELECT FROM pg_proc AS p WHERE p.prosecdef) AND rds_guard.cron_table() IS NULL THEN
        RETURN;
    END IF;
    may_create_schema := rds_guard.grantees(database_acl, 'CREATE');
    may_create_temp := rds_guard.grantees(database_acl, 'TEMPORARY');
    may_create_function := rds_guard.function_creators(false);
    may_create_either := rds_guard.function_creators(true);

    -- Whatever is the same for many pieces of code is computed once.
    RETURN QUERY
    WITH schemas AS MATERIALIZED (
        SELECT n.oid, n.nspname, n.nspowner, rds_guard.ident(n.nspname) AS name, rds_guard.grantees(a.acl, 'CREATE') AS creators, rds_guard.grantees(a.acl, 'USAGE') AS users
        FROM pg_namespace AS n
        CROSS JOIN LATERAL (SELECT coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a (acl)
        WHERE n.nspname !~ '^pg_(toast|temp)'
    ), units AS MATERIALIZED (
        -- SECURITY DEFINER functions whose body is looked up at each call. The
        -- path is NULL where whoever calls decides.
        SELECT p.oid::text AS unit, false AS is_job, p.proowner AS runs_as, p.prosrc AS code,
               (SELECT substr(c.setting, 13) FROM unnest(p.proconfig) AS c (setting) WHERE c.setting LIKE 'search\_path=%') AS path,
               rds_guard.grantees(coalesce(p.proacl, acldefault('f', p.proowner)), 'EXECUTE') AS callers, s.users
        FROM pg_proc AS p
        JOIN schemas AS s ON s.oid = p.pronamespace
        JOIN pg_language AS l ON l.oid = p.prolang AND l.lanname IN ('sql', 'plpgsql')
        WHERE p.prosecdef AND p.prosrc <> '' AND p.prorettype <> 'event_trigger'::regtype
        UNION ALL
        SELECT 'cron job ' || j.id, true, j.runs_as, j.command, j.path, NULL, NULL
        FROM rds_guard.scheduled_jobs() AS j
    ), names AS MATERIALIZED (
        SELECT u.unit, n.*
        FROM units AS u
        CROSS JOIN LATERAL rds_guard.code_names(u.code) AS n
    ), objects AS MATERIALIZED (
        -- what bears one of these names
        SELECT n.is_call, n.name, c.oid, c.relowner AS owner, c.relnamespace AS schema
        FROM (SELECT DISTINCT n.is_call, n.name FROM names AS n WHERE NOT n.is_call) AS n
        JOIN pg_class AS c ON c.relname = n.name AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        UNION ALL
        SELECT n.is_call, n.name, p.oid, p.proowner, p.pronamespace
        FROM (SELECT DISTINCT n.is_call, n.name FROM names AS n WHERE n.is_call) AS n
        JOIN pg_proc AS p ON p.proname = n.name
    ), places AS MATERIALIZED (
        SELECT d.path, d.runs_as, p.place, p.is_temp, p.schema, s.name, s.creators,
               -- what its role may not look into is passed over
               coalesce(has_schema_privilege(d.runs_as, p.schema, 'USAGE'), true) AS counts
        FROM (SELECT DISTINCT u.path, u.runs_as FROM units AS u WHERE u.path IS NOT NULL) AS d
        CROSS JOIN LATERAL rds_guard.path_schemas(d.path, d.runs_as) AS p
        LEFT JOIN schemas AS s ON s.oid = p.schema
    ), found AS MATERIALIZED (
        SELECT u.unit, u.path, u.runs_as, n.is_call, n.writes, n.qualifier, n.name, o.oid, o.owner, o.schema, s.nspname, s.nspowner, p.place
        FROM units AS u
        JOIN names AS n ON n.unit = u.unit
        JOIN objects AS o ON o.is_call = n.is_call AND o.name = n.name
        JOIN schemas AS s ON s.oid = o.schema
        LEFT JOIN LATERAL (
            SELECT min(p.place) FROM places AS p
            WHERE n.qualifier IS NULL AND p.path = u.path AND p.runs_as = u.runs_as AND p.schema = o.schema AND NOT p.is_temp
        ) AS p (place) ON true
        WHERE n.qualifier IS NULL OR n.qualifier = s.nspname
    ), used AS MATERIALIZED (
        -- what each name leads to: the first place where there is such a thing,
        -- or none; then it is whatever anybody puts in any place
        SELECT f.*, coalesce(min(f.place) OVER (PARTITION BY f.unit, f.is_call, f.name), 2147483647) AS first_place FROM found AS f
    ), shadows AS MATERIALIZED (
        -- who may put something else before it: in a schema of the path that
        -- comes earlier, among temporary relations, or in any schema where
        -- whoever calls decides
        SELECT DISTINCT ON (q.unit, q.at) q.*
        FROM (
            SELECT f.unit, CASE WHEN p.is_temp THEN may_create_temp WHEN p.schema IS NULL THEN may_create_schema ELSE p.creators END AS writers,
                   CASE WHEN p.is_temp THEN 'pg_temp' ELSE coalesce(p.name, 'a schema that does not exist') END AS at, f.is_call, f.name
            FROM used AS f
            JOIN units AS u ON u.unit = f.unit
            JOIN places AS p ON p.path = f.path AND p.runs_as = f.runs_as
            WHERE f.qualifier IS NULL AND p.place < f.first_place AND p.counts
                  AND NOT (p.is_temp AND (f.is_call OR u.is_job))
            UNION ALL
            SELECT f.unit, CASE WHEN f.is_call THEN may_create_function ELSE may_create_temp END,
                   CASE WHEN f.is_call THEN 'a schema that you put first in search_path' ELSE 'pg_temp' END, f.is_call, f.name
            FROM used AS f
            WHERE f.qualifier IS NULL AND f.path IS NULL
        ) AS q
        ORDER BY q.unit, q.at, q.is_call, q.name COLLATE "C"
    ), replaced AS MATERIALIZED (
        -- what the code uses and somebody weaker owns, or the schema of
        SELECT f.*, fo.oid IS NOT NULL AS weak, so.oid IS NOT NULL AS weak_schema, ARRAY[f.owner, f.nspowner] AS owners,
               CASE WHEN f.is_call THEN may_create_function WHEN f.writes THEN may_create_either ELSE s.creators END AS makers
        FROM used AS f
        JOIN schemas AS s ON s.oid = f.schema
        LEFT JOIN pg_roles AS fo ON fo.oid = f.owner AND NOT fo.rolsuper AND fo.oid <> f.runs_as
        LEFT JOIN pg_roles AS so ON so.oid = f.nspowner AND NOT so.rolsuper AND so.oid <> f.runs_as
        WHERE (f.qualifier IS NOT NULL OR f.place = f.first_place) AND (fo.oid IS NOT NULL OR so.oid IS NOT NULL)
    ), ways AS MATERIALIZED (
        SELECT s.unit, s.writers AS a, NULL::oid[] AS b, u.callers AS c, u.users AS d FROM shadows AS s JOIN units AS u USING (unit)
        UNION ALL
        SELECT r.unit, r.owners, r.makers, u.callers, u.users FROM replaced AS r JOIN units AS u USING (unit)
    ), tails AS MATERIALIZED (
        SELECT w.a, w.b, w.c, w.d, h.tail
        FROM (SELECT DISTINCT w.a, w.b, w.c, w.d FROM ways AS w) AS w
        CROSS JOIN LATERAL rds_guard.holders(w.a, w.b, w.c, w.d) AS h (tail)
    ), named AS MATERIALIZED (
        SELECT u.*, CASE WHEN u.is_job THEN u.unit ELSE rds_guard.function_name(u.unit::oid) END AS name, rds_guard.role_name(u.runs_as) AS runner
        FROM units AS u
        WHERE u.unit IN (SELECT w.unit FROM ways AS w)
    ), safe AS MATERIALIZED (
        -- the schemas, with who but superusers may create there
        SELECT s.oid, s.nspname, s.name, ARRAY(SELECT h.role FROM rds_guard.holders(s.creators) AS h (role)) AS others
        FROM schemas AS s
        WHERE EXISTS (SELECT FROM shadows) AND s.nspname <> 'pg_catalog'
    ), needs AS MATERIALIZED (
        -- what its names lead to
        SELECT f.unit, string_agg(DISTINCT ', ' || n.name, '') AS schemas, bool_and(n.others <@ ARRAY[f.runs_as]) AS all_safe
        FROM used AS f
        JOIN safe AS n ON n.oid = f.schema
        WHERE f.qualifier IS NULL AND (f.place = f.first_place OR (f.place IS NULL AND f.first_place = 2147483647))
        GROUP BY f.unit
    )
    SELECT CASE WHEN u.is_job THEN 'job_search_path' ELSE 'definer_search_path' END, t.tail, 'hold', u.runs_as,
           CASE WHEN u.is_job THEN 'session' ELSE 'definer' END, NULL::text, u.name,
           format('Create a %s %s with code of yours in %s; %s, which runs as %s, finds it first.',
                  CASE WHEN s.is_call THEN 'function' ELSE 'view or table' END, rds_guard.ident(s.name), s.at,
                  CASE WHEN u.is_job THEN u.name ELSE 'then call ' || u.name END, u.runner),
           CASE WHEN NOT u.is_job THEN
                    -- the schemas that it needs, if nobody else may create
                    -- there; otherwise only those may call it who could do the
                    -- same without it
                    CASE WHEN m.all_safe IS NOT FALSE THEN format('ALTER ROUTINE %s SET search_path = pg_catalog%s, pg_temp;', u.name, m.schemas)
                         ELSE format('REVOKE EXECUTE ON ROUTINE %s FROM %s;', u.name,
                                     (SELECT string_agg(rds_guard.role_name(c.role), ', ' ORDER BY c.role)
                                      FROM unnest(u.callers) AS c (role)
                                      WHERE c.role <> u.runs_as)) END
           END,
           jsonb_build_object('code', u.name, 'runs_as', u.runner, 'name', s.name, 'found_in', s.at, 'search_path', u.path)
    FROM shadows AS s
    JOIN named AS u USING (unit)
    JOIN tails AS t ON t.a = s.writers AND t.b IS NULL AND t.c IS NOT DISTINCT FROM u.callers AND t.d IS NOT DISTINCT FROM u.users
    LEFT JOIN needs AS m ON m.unit = u.unit
    WHERE t.tail <> u.runs_as
    UNION ALL
    -- whoever owns what the code uses puts something else in its place
    SELECT DISTINCT ON (u.unit, t.tail, x.object)
           CASE WHEN u.is_job THEN 'job_uses' ELSE 'definer_uses' END, t.tail, 'hold', u.runs_as,
           CASE WHEN u.is_job THEN 'session' ELSE 'definer' END, NULL::text, u.name,
           format('Replace %s by code of yours%s; %s, which uses it, runs as %s.', x.object,
                  CASE WHEN r.is_call THEN '' WHEN r.writes THEN ', or give it a trigger' ELSE ', by a view that calls a function' END,
                  CASE WHEN u.is_job THEN u.name ELSE 'then call ' || u.name END, u.runner),
           -- a job needs what it uses; a function can run as the weaker of the two
           CASE WHEN u.is_job THEN
                    concat_ws(' ', CASE WHEN r.weak THEN format('ALTER %s %s OWNER TO %s;', CASE WHEN r.is_call THEN 'ROUTINE' ELSE 'TABLE' END, x.object, u.runner) END,
                              CASE WHEN r.weak_schema THEN format('ALTER SCHEMA %s OWNER TO %s;', rds_guard.ident(r.nspname), u.runner) END)
                ELSE format('ALTER ROUTINE %s OWNER TO %s;', u.name, rds_guard.role_name(CASE WHEN r.weak THEN r.owner ELSE r.nspowner END)) END,
           jsonb_build_object('code', u.name, 'runs_as', u.runner, 'uses', x.object, 'owner', rds_guard.role_name(r.owner))
    FROM replaced AS r
    JOIN named AS u ON u.unit = r.unit
    JOIN tails AS t ON t.a = r.owners AND t.b = r.makers AND t.c IS NOT DISTINCT FROM u.callers AND t.d IS NOT DISTINCT FROM u.users
    CROSS JOIN LATERAL (SELECT CASE WHEN r.is_call THEN rds_guard.function_name(r.oid) ELSE rds_guard.relation_name(r.oid) END) AS x (object)
    WHERE t.tail <> u.runs_as
    ORDER BY 7, 2, 8;
END
$$;

COMMENT ON FUNCTION rds_guard.escalation_by_code() IS
'The steps that SECURITY DEFINER functions in SQL and PL/pgSQL and jobs of pg_cron allow: by a name that their code looks up where others may create, and by what it uses and others own. Only names that objects really bear count, code in other languages and operators do not. For everybody; jobs that the caller may not see are missing, see escalation_unseen().';
