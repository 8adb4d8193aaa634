-- How a grant is ended, default privileges, which open objects that do not
-- exist yet, and the databases that are for use.

CREATE FUNCTION rds_guard.as_grantor(grantor oid, owner oid, statement text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT CASE WHEN grantor = owner THEN statement
                    ELSE format('SET ROLE %s; %s RESET ROLE;', rds_guard.role_name(grantor), statement) END);
END
$$;

COMMENT ON FUNCTION rds_guard.as_grantor(oid, oid, text) IS
'A REVOKE as a superuser has to write it: it takes back what the owner of the object granted, and without a word nothing that another role did, unless run as that role.';

CREATE FUNCTION rds_guard.revoke_statements(acl aclitem[], owner oid, grantee oid, object text,
                                            only_privilege text DEFAULT NULL, column_name name DEFAULT NULL) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT string_agg(rds_guard.as_grantor(g.grantor, owner, g.statement), ' ' ORDER BY g.grantor <> owner, g.grantor)
        FROM (
            SELECT a.grantor,
                   format('REVOKE %s ON %s FROM %s;',
                          string_agg(a.privilege_type || coalesce(' (' || rds_guard.ident(column_name) || ')', ''), ', ' ORDER BY a.privilege_type),
                          object, rds_guard.role_name(revoke_statements.grantee))
            FROM aclexplode(acl) AS a
            WHERE a.grantee = revoke_statements.grantee AND (only_privilege IS NULL OR a.privilege_type = only_privilege)
            GROUP BY a.grantor
        ) AS g (grantor, statement));
END
$$;

COMMENT ON FUNCTION rds_guard.revoke_statements(aclitem[], oid, oid, text, text, name) IS
'The statements that take from a role (0: PUBLIC) what a list of privileges gives it on an object or on one column of it: all of it, or one privilege. One for each grantor; NULL when there is nothing to take.';

CREATE FUNCTION rds_guard.column_acls() RETURNS TABLE (relation oid, attribute name, number smallint, acl aclitem[])
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 50
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT t.attrelid, t.attname, t.attnum, t.attacl
    FROM pg_attribute AS t
    WHERE t.attacl IS NOT NULL AND NOT t.attisdropped;
END
$$;

COMMENT ON FUNCTION rds_guard.column_acls() IS
'A row for each column that has a list of privileges of its own: few have one, but it takes a look at every column to find them. For everybody. Source: pg_attribute.';

CREATE FUNCTION rds_guard.default_privileges_public()
    RETURNS TABLE (creator name, object text, detail text, fix text, evidence jsonb)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT r.rolname,
           format('FOR ROLE %s%s ON %sS', c.creator, c.in_schema, upper(c.noun)),
           format('each new %s that %s creates%s gives %s to PUBLIC', c.noun, c.creator, lower(left(c.in_schema, 11)) || substr(c.in_schema, 12),
                  string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)),
           format('ALTER DEFAULT PRIVILEGES FOR ROLE %s%s REVOKE %s ON %sS FROM PUBLIC;', c.creator, c.in_schema,
                  string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type), upper(c.noun)),
           jsonb_build_object('privileges', jsonb_agg(a.privilege_type ORDER BY a.privilege_type))
    FROM pg_catalog.pg_default_acl AS d
    JOIN pg_catalog.pg_roles AS r ON r.oid = d.defaclrole
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
    CROSS JOIN LATERAL (
        SELECT rds_guard.role_name(d.defaclrole),
               CASE d.defaclobjtype WHEN 'r' THEN 'table' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'function'
                                    WHEN 'T' THEN 'type' WHEN 'n' THEN 'schema' ELSE 'large object' END,
               coalesce(' IN SCHEMA ' || rds_guard.ident(n.nspname), '')
    ) AS c (creator, noun, in_schema)
    CROSS JOIN LATERAL aclexplode(d.defaclacl) AS a
    WHERE a.grantee = 0 AND (d.defaclnamespace = 0 OR n.oid IS NOT NULL)
          -- An entry for all schemas replaces the built-in default, which
          -- gives PUBLIC some privileges anyway: those are not news, nor are
          -- they when a schema adds them, unless all schemas went without.
          AND NOT (EXISTS (SELECT FROM aclexplode(acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole)) AS b
                           WHERE b.grantee = 0 AND b.privilege_type = a.privilege_type)
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_default_acl AS e
                                   WHERE d.defaclnamespace <> 0 AND e.defaclnamespace = 0
                                         AND e.defaclrole = d.defaclrole AND e.defaclobjtype = d.defaclobjtype
                                         AND NOT EXISTS (SELECT FROM aclexplode(e.defaclacl) AS b
                                                         WHERE b.grantee = 0 AND b.privilege_type = a.privilege_type)))
    GROUP BY r.rolname, c.creator, c.noun, c.in_schema;
END
$$;

COMMENT ON FUNCTION rds_guard.default_privileges_public() IS
'A row for each default privilege that gives more to PUBLIC than PostgreSQL does by itself: the creating role, and what a rule returns. For everybody. Source: pg_default_acl, get_user_default_acl() in aclchk.c.';

CREATE FUNCTION rds_guard.user_databases() RETURNS TABLE (database oid, name name, owner oid, acl aclitem[])
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT d.oid, d.datname, d.datdba, coalesce(d.datacl, acldefault('d', d.datdba))
    FROM pg_database AS d
    WHERE d.datallowconn AND NOT d.datistemplate
          -- 17 and later: a DROP DATABASE was interrupted
          AND d.datconnlimit <> -2
          AND NOT (d.datdba = 10 AND (SELECT p.platform FROM rds_guard.platform() AS p) <> 'self_managed')
          -- Tools connect to postgres when they know no other name, and find
          -- nothing there. Whether that is so only a session in it can see.
          AND (d.datname <> 'postgres'
               OR (d.datname = current_database()
                   AND EXISTS (SELECT FROM pg_class AS c
                               JOIN pg_namespace AS n ON n.oid = c.relnamespace
                               WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'm', 'f')
                                     AND n.nspname !~ '^pg_' AND n.nspname <> 'rds_guard'
                                     AND NOT EXISTS (SELECT FROM pg_depend AS m
                                                     WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid AND m.deptype = 'e'))));
END
$$;

COMMENT ON FUNCTION rds_guard.user_databases() IS
'A row for each database that accepts connections and is neither a template nor its provider''s own, with its owner and its list of privileges, the built-in one where none is stored. The database postgres only when the session is in it and it holds tables. For everybody. Source: pg_database.';
