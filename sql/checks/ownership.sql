-- Who owns what: an owner may do everything with an object, whatever its ACL says.

SELECT rds_guard.define_check('object_owner_unauthorized', 'privileges', 'medium',
    title => 'Objects belong to a role that should own none there',
    why => 'Who owns a table, view or function in the schema of another can change what those run who use that schema, and its owner cannot take that back. Often it is what a person made by hand, and leaves behind.',
    remedy => 'Give the objects to the owner of the schema. Name the roles that may own objects in the policy owners.',
    refs => ARRAY['STIG V-261884', 'STIG V-261914'],
    rule => $$
        WITH policy AS MATERIALIZED (
            SELECT rds_guard.policy_names('owners') AS owners
        ), judged AS (
            SELECT o.owner, o.schema, o.schema_owner, o.owns, o.evidence, cardinality(p.owners) > 0 AS is_list, o.owner = ANY (p.owners) AS is_named,
                   -- to whom it could go
                   o.owner <> o.schema_owner AND o.schema_owner NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
                   AND o.schema_owner NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role)) AS is_foreign,
                   o.schema_owner = ANY (p.owners) AS is_schema_owner_named
            FROM rds_guard.owned_objects(each_schema => true) AS o
            CROSS JOIN policy AS p
            -- another check asks about those
            WHERE o.owner NOT IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
                  AND o.owner NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role))
        )
        SELECT rds_guard.ident(j.owner) || ' IN SCHEMA ' || rds_guard.ident(j.schema),
               format('%s owns %s in schema %s%s%s', rds_guard.ident(j.owner), j.owns, rds_guard.ident(j.schema),
                      CASE WHEN j.is_foreign THEN ', which belongs to ' || rds_guard.ident(j.schema_owner) ELSE '' END,
                      CASE WHEN j.is_list AND NOT j.is_named THEN ', and is not named in the policy owners' ELSE '' END),
               CASE WHEN j.is_foreign AND (j.is_schema_owner_named OR NOT j.is_list)
                    THEN rds_guard.change_owner(j.owner, j.schema, j.schema_owner) END,
               j.evidence || jsonb_build_object('schema', j.schema, 'schema_owner', j.schema_owner)
               || CASE WHEN j.is_named THEN '{"allowed_by": "owners"}' ELSE '{}' END::jsonb
        FROM judged AS j
        WHERE j.is_foreign OR (j.is_list AND NOT j.is_named)
    $$);

SELECT rds_guard.define_check('superuser_owned_user_objects', 'privileges', 'low',
    title => 'Tables, views or functions belong to a superuser',
    why => 'A view reads its tables with the rights of its owner, and a SECURITY DEFINER function runs with them: owned by a superuser, each is a door through every privilege, for whoever may use or replace it.',
    remedy => 'Give them to a role without login that owns the schema (ALTER ... OWNER TO), and create objects as that role. A superuser that may own objects goes into the policy owners.',
    refs => ARRAY[]::text[],
    rule => $$
        SELECT rds_guard.ident(o.owner),
               format('%s, %s, owns %s', rds_guard.ident(o.owner), CASE WHEN r.rolsuper THEN 'a superuser' ELSE 'as good as a superuser here' END, o.owns),
               -- who should have them nobody but the site knows
               NULL, o.evidence || CASE WHEN o.owner = ANY (rds_guard.policy_names('owners')) THEN '{"allowed_by": "owners"}' ELSE '{}' END::jsonb
        FROM rds_guard.owned_objects(only_kinds => '{table,view,function}') AS o
        JOIN pg_catalog.pg_roles AS r ON r.rolname = o.owner
        WHERE o.owner IN (SELECT a.role FROM rds_guard.administrators() AS a (role))
              -- what a provider made is not the customer's to give away
              AND NOT (r.oid = 10 AND (SELECT p.platform FROM rds_guard.platform() AS p) <> 'self_managed')
    $$);
