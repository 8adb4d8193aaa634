-- Which roles may do everything anyway, who is a direct member of which, and
-- how a membership is ended.

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

CREATE FUNCTION rds_guard.membership_edges()
    RETURNS TABLE (member oid, role oid, inherits boolean, sets boolean, administers boolean, climbs boolean)
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
    WITH server AS (SELECT current_setting('server_version_num')::integer >= 160000 AS grants_have_options),
    edges AS (
        -- Up to 15 the member decides whether it inherits, and may always SET
        -- ROLE; from 16 on each grant does. The columns exist only then.
        SELECT m.member, m.roleid AS role,
               coalesce((to_jsonb(m) ->> 'inherit_option')::boolean, r.rolinherit) AS inherits,
               coalesce((to_jsonb(m) ->> 'set_option')::boolean, true) AS sets,
               m.admin_option AS administers,
               -- only a superuser may grant a role that is one
               m.admin_option AND NOT t.rolsuper AS climbs
        FROM pg_catalog.pg_auth_members AS m
        JOIN pg_catalog.pg_roles AS r ON r.oid = m.member
        JOIN pg_catalog.pg_roles AS t ON t.oid = m.roleid
        UNION ALL
        -- in no catalog: who owns this database is in pg_database_owner
        SELECT r.oid, o.oid, s.grants_have_options OR r.rolinherit, true, false, false
        FROM pg_catalog.pg_database AS d
        JOIN pg_catalog.pg_roles AS r ON r.oid = d.datdba
        JOIN pg_catalog.pg_roles AS o ON o.rolname = 'pg_database_owner'
        CROSS JOIN server AS s
        WHERE d.datname = current_database()
    )
    -- from 16 on there may be a grant for each grantor
    SELECT e.member, e.role, bool_or(e.inherits), bool_or(e.sets), bool_or(e.administers), bool_or(e.climbs)
    FROM edges AS e
    GROUP BY e.member, e.role
$$;

COMMENT ON FUNCTION rds_guard.membership_edges() IS
'A row for each direct membership: whether the member inherits its privileges, may SET ROLE to it, has ADMIN OPTION on it, and could use that to grant it to itself, by the rules of this server''s version. For everybody. Source: roles_is_member_of() in acl.c.';

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
