-- Which roles may do everything anyway, and how a membership is ended.

CREATE FUNCTION rds_guard.administrators() RETURNS SETOF name
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
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
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
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
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    SELECT rds_guard.revoke_membership(path[cardinality(path)], path[cardinality(path) - 1])
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
