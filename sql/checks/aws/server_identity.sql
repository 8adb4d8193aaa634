-- What IAM says about logging in, compared with the roles of this server.

SELECT rds_guard.define_check('fused_connect_policy', 'aws_server', 'critical',
    title => 'A policy of IAM names an almighty role of this server, or none',
    why => 'With rds-db:connect IAM names a user of the database, and neither side knows what the other means by it. If that role is a superuser, or a member of rds_superuser, a policy of IAM is all that it takes to own the server. If there is no such role, if it cannot log in or has not rds_iam, or if the policy names the database by its identifier rather than its resource id, it gives nothing now, and the day that somebody makes the role it gives what nobody remembers.',
    remedy => 'Name an ordinary role in the policy and let administrators come by another way, or take the statement out of the policy. Name who is meant to administer all of AWS in the policy aws_admins.',
    refs => '{}',
    scope => 'aws',
    needs => 'the argument instance, describe-db-instances (and describe-db-clusters), and get-account-authorization-details, or get-policy-version, get-role-policy and the like',
    rule => $$
        WITH here AS MATERIALIZED (
            SELECT h.*
            FROM rds_guard.aws_own_ids($1) AS h
            WHERE CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = 'rds_iam') THEN true
                       ELSE NOT rds_guard.not_applicable('there is no role rds_iam: nobody logs in to this server by IAM') END
        ), grants AS MATERIALIZED (
            SELECT g.* FROM here AS h, rds_guard.aws_grants($1, '{rds-db:connect}') AS g
        ), targets AS MATERIALIZED (
            SELECT g.object, g.holders, g.names, g.actions, g.denied, g.resources, g.not_resources, g.conditions, t.database_id, t.db_user,
                   t.db_user !~ '[*?]' AS exact,
                   EXISTS (SELECT FROM unnest(h.resource_ids) AS i (id) WHERE i.id LIKE ANY (rds_guard.aws_like(ARRAY[t.database_id]))) AS is_here,
                   t.database_id = ANY (h.identifiers) AS by_identifier, h.name
            FROM here AS h, grants AS g
            CROSS JOIN LATERAL rds_guard.aws_connect_targets(g.resources) AS t
            WHERE g.problem IS NULL
        ), roles AS MATERIALIZED (
            SELECT r.rolname::text AS role, r.rolcanlogin AS can_login,
                   r.rolsuper OR EXISTS (SELECT FROM pg_catalog.pg_roles AS g WHERE g.rolname = 'rds_superuser' AND g.oid <> r.oid AND pg_has_role(r.oid, g.oid, 'MEMBER')) AS mighty,
                   -- a superuser counts as a member of everything
                   NOT r.rolsuper AND EXISTS (SELECT FROM pg_catalog.pg_roles AS g WHERE g.rolname = 'rds_iam' AND pg_has_role(r.oid, g.oid, 'MEMBER'))
                   OR EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS g ON g.oid = m.roleid
                              WHERE g.rolname = 'rds_iam' AND m.member = r.oid) AS by_iam
            FROM pg_catalog.pg_roles AS r
            WHERE r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
        ), hits AS (
            SELECT t.*, r.role, r.can_login, r.mighty, r.by_iam
            FROM targets AS t
            LEFT JOIN roles AS r ON r.role LIKE ANY (rds_guard.aws_like(ARRAY[t.db_user]))
            WHERE t.is_here OR t.by_identifier
        ), judged AS (
            SELECT h.*,
                   CASE WHEN NOT h.is_here THEN format('names database %s by its identifier rather than its resource id: it gives nothing', h.database_id)
                        WHEN h.role IS NULL THEN CASE WHEN h.exact THEN format('names %s, and there is no such role', h.db_user) END
                        WHEN h.mighty AND h.can_login AND h.by_iam THEN format('lets somebody log in as %s, who is as good as superuser', rds_guard.ident(h.role))
                        WHEN h.mighty THEN format('names %s, who is as good as superuser, though %s now', rds_guard.ident(h.role),
                                                  CASE WHEN h.can_login THEN 'not in rds_iam' ELSE 'without LOGIN' END)
                        WHEN NOT h.exact THEN NULL
                        WHEN NOT h.can_login THEN format('names %s, who cannot log in', rds_guard.ident(h.role))
                        WHEN NOT h.by_iam THEN format('names %s, who is not in rds_iam and cannot log in by IAM', rds_guard.ident(h.role)) END AS sentence,
                   CASE WHEN NOT h.is_here OR NOT coalesce(h.mighty, false) THEN 'low' WHEN h.can_login AND h.by_iam THEN 'critical' ELSE 'medium' END AS how_bad
            FROM hits AS h
        )
        SELECT DISTINCT concat_ws(' ', j.object, 'user', coalesce(rds_guard.ident(j.role), j.db_user)), format('%s %s', j.object, j.sentence), NULL::text,
               rds_guard.aws_grant_evidence(j.holders, j.names, j.actions, j.denied, j.resources, j.not_resources, j.conditions,
                                            (SELECT rds_guard.policy_names('aws_admins')))
               || jsonb_build_object('severity', j.how_bad, 'instance', j.name, 'db_user', j.db_user, 'role', j.role)
        FROM judged AS j
        WHERE j.sentence IS NOT NULL
        UNION ALL
        SELECT g.object, format('%s: %s', g.object, g.problem), NULL, '{"unknown": "Read the policy yourself, or give it as AWS prints it."}'
        FROM grants AS g
        WHERE g.problem IS NOT NULL
        UNION ALL
        SELECT u.* FROM rds_guard.aws_unread_policies($1) AS u
    $$);
