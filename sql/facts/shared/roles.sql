-- Which roles may do everything anyway, and how a membership is ended.

CREATE FUNCTION rds_guard.administrators() RETURNS SETOF name
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT r.rolname
    FROM pg_catalog.pg_roles AS r
    CROSS JOIN rds_guard.platform() AS p
    LEFT JOIN pg_catalog.pg_roles AS a ON a.rolname = p.admin_role
    WHERE r.rolsuper OR pg_has_role(r.oid, a.oid, 'MEMBER');
END
$$;

COMMENT ON FUNCTION rds_guard.administrators() IS
'A row for each superuser, and where a provider has a role that stands in for superuser, for that role and its direct and indirect members. For everybody.';

CREATE FUNCTION rds_guard.internal_roles() RETURNS SETOF name
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED ROWS 20
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT r.rolname
    FROM pg_catalog.pg_roles AS r
    CROSS JOIN rds_guard.platform() AS p
    WHERE r.rolname ~ '^pg_'
          OR (p.platform <> 'self_managed' AND r.oid = 10)
          OR (p.platform IN ('rds', 'aurora')
              AND r.rolname IN ('rdstopmgr', 'rdsrepladmin', 'rdswriteforwarduser', 'rds_superuser', 'rds_replication',
                                'rds_password', 'rds_iam', 'rds_ad', 'rds_extension', 'rds_reserved'));
END
$$;

COMMENT ON FUNCTION rds_guard.internal_roles() IS
'A row for each role that PostgreSQL itself or the provider made and no customer configures. For everybody.';

CREATE FUNCTION rds_guard.attribute_holders(attribute text)
    RETURNS TABLE (role name, can_login boolean, itself boolean, holder name, path name[])
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF attribute NOT IN ('CREATEROLE', 'CREATEDB', 'REPLICATION', 'BYPASSRLS') THEN
        RAISE invalid_parameter_value USING
            MESSAGE = format('unrecognized role attribute: "%s"', attribute),
            HINT = 'Valid values are CREATEROLE, CREATEDB, REPLICATION and BYPASSRLS.';
    END IF;

    -- Most servers have no such role at all, and then nobody gets to one.
    IF NOT EXISTS (SELECT FROM pg_roles AS r
                   WHERE NOT r.rolsuper
                         AND CASE attribute WHEN 'CREATEROLE' THEN r.rolcreaterole WHEN 'CREATEDB' THEN r.rolcreatedb
                                            WHEN 'REPLICATION' THEN r.rolreplication ELSE r.rolbypassrls END)
       AND NOT (attribute = 'REPLICATION' AND rds_guard.on_rds()) THEN
        RETURN;
    END IF;

    -- Attributes are not inherited: it takes SET ROLE to use those of another.
    RETURN QUERY
    WITH roles AS MATERIALIZED (
        SELECT r.rolname, r.rolcanlogin, r.rolsuper,
               CASE attribute WHEN 'CREATEROLE' THEN r.rolcreaterole WHEN 'CREATEDB' THEN r.rolcreatedb
                              WHEN 'REPLICATION' THEN r.rolreplication ELSE r.rolbypassrls END AS has
        FROM pg_roles AS r
    ), reached AS (
        SELECT DISTINCT ON (m.member) m.member, m.role, m.path
        FROM (
            SELECT m.member, m.role, m.depth, m.path
            FROM rds_guard.role_memberships(only_how => 'become') AS m
            JOIN roles AS t ON t.rolname = m.role AND t.has AND NOT t.rolsuper
            UNION ALL
            -- RDS tells by membership, without the attribute
            SELECT m.member, m.role, m.depth, m.path
            FROM rds_guard.role_memberships(only_how => 'hold') AS m
            WHERE attribute = 'REPLICATION' AND m.role = 'rds_replication' AND rds_guard.on_rds()
        ) AS m
        ORDER BY m.member, m.depth, m.role
    )
    SELECT r.rolname, r.rolcanlogin, r.has,
           CASE WHEN r.has THEN r.rolname ELSE w.role END,
           CASE WHEN r.has THEN ARRAY[r.rolname] ELSE w.path END
    FROM roles AS r
    LEFT JOIN reached AS w ON w.member = r.rolname
    WHERE (r.has OR w.member IS NOT NULL)
          AND r.rolname NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
          AND r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role));
END
$$;

COMMENT ON FUNCTION rds_guard.attribute_holders(text) IS
'Who has or can come to use an attribute (CREATEROLE, CREATEDB, REPLICATION, BYPASSRLS): a row a role that is neither an administrator nor internal, whether it can log in, whether it has the attribute itself, otherwise the nearest role that has it and the chain that leads there by SET ROLE or ADMIN OPTION. On RDS membership in rds_replication counts as REPLICATION. For everybody. Errors: 22023 for another attribute, those of role_memberships().';

CREATE FUNCTION rds_guard.revoke_membership(role name, member name) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT string_agg(format('REVOKE %s FROM %s%s;', rds_guard.ident(revoke_membership.role), rds_guard.ident(revoke_membership.member),
                                 -- From 16 on there is a grant for each grantor,
                                 -- and only the one that is named is revoked.
                                 CASE WHEN current_setting('server_version_num')::integer >= 160000
                                      THEN ' GRANTED BY ' || rds_guard.role_name(m.grantor) ELSE '' END),
                          -- what the member granted itself depends on the others
                          ' ' ORDER BY m.grantor <> m.member, m.grantor)
        FROM pg_auth_members AS m
        WHERE m.roleid = (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = revoke_membership.role)
              AND m.member = (SELECT r.oid FROM pg_roles AS r WHERE r.rolname = revoke_membership.member));
END
$$;

COMMENT ON FUNCTION rds_guard.revoke_membership(name, name) IS
'The statements that end a direct membership: a REVOKE, from PostgreSQL 16 on one for each grantor. NULL when there is no such grant, as for the owner of the database in pg_database_owner.';

CREATE FUNCTION rds_guard.cut_path(path name[]) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        SELECT rds_guard.revoke_membership(path[cardinality(path)], path[cardinality(path) - 1]));
END
$$;

COMMENT ON FUNCTION rds_guard.cut_path(name[]) IS
'The statement that ends a chain of memberships at its last link, the one that gives the privilege.';

CREATE FUNCTION rds_guard.parameter_privileges() RETURNS TABLE (parameter text, acl aclitem[], grantee oid, privilege text)
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF to_regclass('pg_catalog.pg_parameter_acl') IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE
        'SELECT p.parname, p.paracl, a.grantee, a.privilege_type
         FROM pg_catalog.pg_parameter_acl AS p CROSS JOIN LATERAL aclexplode(p.paracl) AS a';
END
$$;

COMMENT ON FUNCTION rds_guard.parameter_privileges() IS
'A row for each privilege on a configuration parameter that was granted: the parameter in lower case, its list of privileges, the role (0: PUBLIC), and SET or ALTER SYSTEM. No row before PostgreSQL 15, where there are none. For everybody. Source: pg_parameter_acl.';

CREATE FUNCTION rds_guard.is_granted_by_provider(role name, member name) RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM pg_auth_members AS g
                   JOIN pg_roles AS t ON t.oid = g.roleid
                   JOIN pg_roles AS m ON m.oid = g.member
                   WHERE t.rolname = is_granted_by_provider.role AND m.rolname = is_granted_by_provider.member AND g.grantor = 10);
END
$$;

COMMENT ON FUNCTION rds_guard.is_granted_by_provider(name, name) IS
'Whether the bootstrap superuser granted this direct membership. For everybody.';
