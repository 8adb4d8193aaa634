--
-- role_memberships() and my_memberships: who gets to whom, and how.
-- Ways are inherit, set, admin, become and hold; what they mean is in the
-- comment of role_memberships().
--
SELECT current_setting('server_version_num')::integer >= 160000 AS options,
       current_setting('server_version_num')::integer >= 140000 AS has_database_owner \gset
BEGIN;

--
-- Grants that mean the same on all versions. Members inherit or not as their
-- attribute says, on 16 and later because the grant takes it over.
--
CREATE ROLE regress_m_ann LOGIN;
CREATE ROLE regress_m_bob LOGIN NOINHERIT;
CREATE ROLE regress_m_cat LOGIN;
CREATE ROLE regress_m_dan LOGIN NOINHERIT;
CREATE ROLE regress_m_crew;
CREATE ROLE regress_m_team;
CREATE ROLE regress_m_dept;
CREATE ROLE regress_m_firm;
CREATE ROLE regress_m_lone LOGIN;
GRANT regress_m_crew, regress_m_team TO regress_m_ann;
GRANT regress_m_team TO regress_m_bob;
GRANT regress_m_dept TO regress_m_crew, regress_m_team;
GRANT regress_m_firm TO regress_m_dept;
GRANT regress_m_team TO regress_m_cat WITH ADMIN OPTION;
GRANT regress_m_cat TO regress_m_dan;

-- ann: everything, to dept by two chains of two steps, of which crew's comes
-- first by name. bob: no "inherit", as he does not inherit, yet everything by
-- SET ROLE. cat: may grant team, but nothing beyond it. dan: may grant team
-- after SET ROLE cat. lone: nothing.
SELECT member, role, string_agg(how, ' ' ORDER BY how) AS ways, min(depth) AS depth,
       count(DISTINCT (depth, path)) AS different_paths, min(path::text) AS path
FROM rds_guard.role_memberships()
WHERE member LIKE 'regress\_m\_%'
GROUP BY member, role
ORDER BY member, role;

-- a role is not its own member, and nobody is a member twice in the same way
SELECT count(*) FILTER (WHERE member = role) AS self, count(*) - count(DISTINCT (member, role, how)) AS twice
FROM rds_guard.role_memberships();

--
-- The arguments
--
SELECT member, role, how, depth FROM rds_guard.role_memberships('regress_m_dan') ORDER BY 1, 2, 3;
SELECT member, role, how, depth FROM rds_guard.role_memberships(to_role => 'regress_m_team', only_how => 'admin') ORDER BY 1, 2, 3;
SELECT member, role, how, depth, path FROM rds_guard.role_memberships('regress_m_ann', 'regress_m_firm', 'inherit');
SELECT count(*) FROM rds_guard.role_memberships('regress_m_bob', 'regress_m_firm', 'inherit');
SELECT count(*) FROM rds_guard.role_memberships('regress_m_lone');
-- NULL is no restriction
SELECT count(*) = (SELECT count(*) FROM rds_guard.role_memberships()) AS all FROM rds_guard.role_memberships(NULL, NULL, NULL);
SAVEPOINT error;
SELECT * FROM rds_guard.role_memberships('regress_m_nobody');
ROLLBACK TO error;
SELECT * FROM rds_guard.role_memberships(to_role => '');
ROLLBACK TO error;
SELECT * FROM rds_guard.role_memberships(only_how => 'Inherit');
ROLLBACK TO error;
\set VERBOSITY sqlstate
SELECT * FROM rds_guard.role_memberships('regress_m_nobody');
ROLLBACK TO error;
SELECT * FROM rds_guard.role_memberships(only_how => '');
ROLLBACK TO error;
\set VERBOSITY default

--
-- The same transaction sees what it changed.
--
SELECT count(*) FROM rds_guard.role_memberships('regress_m_lone', 'regress_m_firm', 'set');
GRANT regress_m_dept TO regress_m_lone;
SELECT count(*) FROM rds_guard.role_memberships('regress_m_lone', 'regress_m_firm', 'set');
SAVEPOINT revoked;
REVOKE regress_m_dept FROM regress_m_lone;
SELECT count(*) FROM rds_guard.role_memberships('regress_m_lone', 'regress_m_firm', 'set');
ROLLBACK TO revoked;
SELECT count(*) FROM rds_guard.role_memberships('regress_m_lone', 'regress_m_firm', 'set');
ALTER ROLE regress_m_lone RENAME TO regress_m_last;
SELECT member, role, depth FROM rds_guard.role_memberships('regress_m_last', NULL, 'set') ORDER BY 2;
DROP ROLE regress_m_last;
SELECT count(*) FROM rds_guard.role_memberships() WHERE member LIKE 'regress\_m\_l%';

--
-- A superuser gets everywhere, but has only the rows of its grants.
--
CREATE ROLE regress_m_root SUPERUSER LOGIN;
GRANT regress_m_dept TO regress_m_root;
SELECT role, count(*) AS ways FROM rds_guard.role_memberships('regress_m_root') GROUP BY 1 ORDER BY 1;
-- and CREATEROLE adds none at all
CREATE ROLE regress_m_maker CREATEROLE LOGIN;
SELECT count(*) FROM rds_guard.role_memberships('regress_m_maker');

--
-- What a plain role sees of itself: the same rows, with no grant of ours.
-- (dan holds ADMIN OPTION on team only by way of cat.)
--
SET ROLE regress_m_dan;
SELECT * FROM rds_guard.my_memberships;
SELECT count(*) = 13 AS same_as_superuser FROM rds_guard.role_memberships('regress_m_dan');
SET ROLE regress_m_cat;
SELECT * FROM rds_guard.my_memberships;
SET ROLE regress_m_maker;
SELECT count(*) FROM rds_guard.my_memberships;
RESET ROLE;
-- Where the catalog was closed to the public, so is the fact: an error, not an
-- empty answer.
REVOKE SELECT ON pg_catalog.pg_auth_members FROM PUBLIC;
SET ROLE regress_m_dan;
SAVEPOINT error;
SELECT * FROM rds_guard.role_memberships('regress_m_dan');
ROLLBACK TO error;
\set VERBOSITY sqlstate
SELECT * FROM rds_guard.my_memberships;
ROLLBACK TO error;
\set VERBOSITY default
RESET ROLE;
-- the columns that are needed are enough
\if :options
GRANT SELECT (roleid, member, admin_option, inherit_option, set_option) ON pg_catalog.pg_auth_members TO regress_m_dan;
\else
GRANT SELECT (roleid, member, admin_option) ON pg_catalog.pg_auth_members TO regress_m_dan;
\endif
SET ROLE regress_m_dan;
SELECT count(*) FROM rds_guard.role_memberships('regress_m_dan');
RESET ROLE;
ROLLBACK;

--
-- A chain of 40: the way is found to its end, its path loses the middle
-- unless that one pair is asked for.
--
BEGIN;
DO $$
BEGIN
    FOR i IN 1..40 LOOP
        EXECUTE format('CREATE ROLE %I', 'regress_m_' || to_char(i, 'FM00'));
        IF i > 1 THEN
            EXECUTE format('GRANT %I TO %I', 'regress_m_' || to_char(i, 'FM00'), 'regress_m_' || to_char(i - 1, 'FM00'));
        END IF;
    END LOOP;
END
$$;
SELECT depth, cardinality(path) AS names, path[1], path[16], path[17], path[32]
FROM rds_guard.role_memberships('regress_m_01', NULL, 'hold')
WHERE role >= 'regress_m_31' ORDER BY depth;
SELECT depth, cardinality(path) AS names, path[1], path[16], path[17], path[40]
FROM rds_guard.role_memberships('regress_m_01', 'regress_m_40', 'hold');
ROLLBACK;

--
-- Names are data: quotes, controls and 63 bytes come back as they are. (19 has
-- no line breaks in names of roles any more.)
--
BEGIN;
CREATE ROLE "regress_m_""; DROP ROLE x; --";
CREATE ROLE U&"regress_m_\0007\001b[31m";
CREATE ROLE regress_m_34567890123456789012345678901234567890123456789012345;
GRANT U&"regress_m_\0007\001b[31m" TO "regress_m_""; DROP ROLE x; --";
GRANT regress_m_34567890123456789012345678901234567890123456789012345 TO U&"regress_m_\0007\001b[31m";
SELECT quote_literal(member) AS member, quote_literal(role) AS role, depth, length(role) AS length,
       path[1] = member AND path[depth + 1] = role AS path_fits
FROM rds_guard.role_memberships(only_how => 'set')
WHERE member LIKE 'regress\_m\_%' ORDER BY depth, member COLLATE "C";
ROLLBACK;

--
-- What a grant allows: 13 to 15 have membership and ADMIN OPTION, and the
-- member inherits or not; from 16 on each grant has INHERIT, SET and ADMIN.
-- Each member is named after what its grants allow it on 16 and later. Not
-- as wanted, then: rows of the last queries; there must be none.
--
BEGIN;
CREATE ROLE regress_m_goal;
CREATE ROLE regress_m_step;
CREATE ROLE regress_m_inherit;
CREATE ROLE regress_m_set;
CREATE ROLE regress_m_admin;
CREATE ROLE regress_m_nothing;
CREATE ROLE regress_m_noinherit NOINHERIT;
CREATE ROLE regress_m_step_inherit;
CREATE ROLE regress_m_inherit_set;
CREATE ROLE regress_m_set_inherit;
CREATE ROLE regress_m_inherit_admin;
CREATE ROLE regress_m_admin_inherit;
CREATE ROLE regress_m_nothing_admin;
CREATE TEMP TABLE wanted (member name, role name, ways text);
\if :options
GRANT regress_m_goal TO regress_m_inherit WITH INHERIT TRUE, SET FALSE;
GRANT regress_m_goal TO regress_m_set WITH INHERIT FALSE, SET TRUE;
GRANT regress_m_goal TO regress_m_admin WITH INHERIT FALSE, SET FALSE, ADMIN TRUE;
GRANT regress_m_goal TO regress_m_nothing WITH INHERIT FALSE, SET FALSE;
-- the grant wins over the member's attribute
GRANT regress_m_goal TO regress_m_noinherit WITH INHERIT TRUE;
-- the second step of a chain through another role
GRANT regress_m_inherit TO regress_m_step_inherit;
GRANT regress_m_set TO regress_m_inherit_set WITH INHERIT TRUE, SET FALSE;
GRANT regress_m_inherit TO regress_m_set_inherit WITH INHERIT FALSE, SET TRUE;
GRANT regress_m_admin TO regress_m_inherit_admin WITH INHERIT TRUE, SET FALSE;
GRANT regress_m_inherit TO regress_m_admin_inherit WITH INHERIT FALSE, SET FALSE, ADMIN TRUE;
GRANT regress_m_admin TO regress_m_nothing_admin WITH INHERIT FALSE, SET FALSE;
INSERT INTO wanted VALUES
    -- has the privileges, can never act as it
    ('regress_m_inherit', 'regress_m_goal', 'hold inherit'),
    ('regress_m_set', 'regress_m_goal', 'become hold set'),
    -- nothing at once, but grants itself the rest
    ('regress_m_admin', 'regress_m_goal', 'admin become hold'),
    ('regress_m_noinherit', 'regress_m_goal', 'become hold inherit set'),
    ('regress_m_step_inherit', 'regress_m_inherit', 'become hold inherit set'),
    ('regress_m_step_inherit', 'regress_m_goal', 'hold inherit'),
    -- SET ROLE is not inherited
    ('regress_m_inherit_set', 'regress_m_set', 'hold inherit'),
    -- after SET ROLE, what that role inherits
    ('regress_m_set_inherit', 'regress_m_inherit', 'become hold set'),
    ('regress_m_set_inherit', 'regress_m_goal', 'hold'),
    -- ADMIN OPTION is inherited
    ('regress_m_inherit_admin', 'regress_m_admin', 'hold inherit'),
    ('regress_m_inherit_admin', 'regress_m_goal', 'admin become hold'),
    ('regress_m_admin_inherit', 'regress_m_inherit', 'admin become hold'),
    ('regress_m_admin_inherit', 'regress_m_goal', 'hold'),
    -- The server says that this one "has" ADMIN OPTION on goal; it can never
    -- use it.
    ('regress_m_nothing_admin', 'regress_m_goal', 'admin');
\else
GRANT regress_m_goal TO regress_m_inherit, regress_m_set, regress_m_noinherit;
GRANT regress_m_goal TO regress_m_admin WITH ADMIN OPTION;
GRANT regress_m_noinherit TO regress_m_step_inherit;
INSERT INTO wanted VALUES
    ('regress_m_inherit', 'regress_m_goal', 'become hold inherit set'),
    ('regress_m_set', 'regress_m_goal', 'become hold inherit set'),
    ('regress_m_admin', 'regress_m_goal', 'admin become hold inherit set'),
    ('regress_m_noinherit', 'regress_m_goal', 'become hold set'),
    -- inheritance ends at the second step, SET ROLE does not
    ('regress_m_step_inherit', 'regress_m_noinherit', 'become hold inherit set'),
    ('regress_m_step_inherit', 'regress_m_goal', 'become hold set');
\endif
CREATE TEMP VIEW found AS
SELECT member, role, string_agg(how, ' ' ORDER BY how) AS ways
FROM rds_guard.role_memberships() WHERE member LIKE 'regress\_m\_%' GROUP BY member, role;
SELECT 'missing' AS differs, w.* FROM (TABLE wanted EXCEPT TABLE found) AS w
UNION ALL
SELECT 'unexpected', f.* FROM (TABLE found EXCEPT TABLE wanted) AS f;

-- From 16 on the same pair may have a grant of each grantor: all of them count.
\if :options
GRANT regress_m_goal TO regress_m_step WITH INHERIT FALSE, SET FALSE, ADMIN TRUE;
SET ROLE regress_m_step;
GRANT regress_m_goal TO regress_m_step WITH INHERIT TRUE, SET FALSE;
RESET ROLE;
INSERT INTO wanted VALUES ('regress_m_step', 'regress_m_goal', 'admin become hold inherit');
\endif
SELECT 'missing' AS differs, w.* FROM (TABLE wanted EXCEPT TABLE found) AS w
UNION ALL
SELECT 'unexpected', f.* FROM (TABLE found EXCEPT TABLE wanted) AS f;

-- From 14 on whoever owns this database is a member of pg_database_owner, and
-- gets to what that was granted; no catalog has a row for it.
ALTER DATABASE :"DBNAME" OWNER TO regress_m_noinherit;
SELECT :'has_database_owner' = (count(*) > 0) AS owner_is_member,
       coalesce(bool_or(depth = 1 AND how = 'set'), false) = :'has_database_owner' AS by_set,
       -- the owner is NOINHERIT: that counts up to 15
       coalesce(bool_or(how = 'inherit'), false) = :'options' AS by_inherit,
       -- nobody can grant it, so it is not in "admin"
       coalesce(bool_or(how = 'admin'), false) AS by_admin
FROM rds_guard.role_memberships() WHERE role = 'pg_database_owner' AND member = 'regress_m_noinherit';
ROLLBACK;

--
-- The oracle: forty roles, members of each other at random, the same on each
-- run. For all pairs, what the fact says and what the server says. The last
-- two are superusers: whoever may SET ROLE to one becomes it, but from 16 on
-- ADMIN OPTION on one helps nobody else, as only superusers may grant it.
--
BEGIN;
DO $$
DECLARE
    options constant boolean := current_setting('server_version_num')::integer >= 160000;
    dice text;
BEGIN
    FOR i IN 1..40 LOOP
        EXECUTE format('CREATE ROLE %I %s', 'regress_m_' || i, CASE i % 3 WHEN 0 THEN 'NOINHERIT' ELSE 'INHERIT' END);
        IF i >= 39 THEN
            EXECUTE format('ALTER ROLE %I SUPERUSER', 'regress_m_' || i);
        END IF;
        FOR j IN 1..i - 1 LOOP
            dice := md5(i || ' in ' || j);
            CONTINUE WHEN dice > '2';
            EXECUTE format('GRANT %I TO %I %s', 'regress_m_' || i, 'regress_m_' || j,
                CASE
                    WHEN NOT options AND substr(dice, 2, 1) > 'a' THEN 'WITH ADMIN OPTION'
                    WHEN options THEN format('WITH INHERIT %s, SET %s, ADMIN %s', (substr(dice, 3, 1) > '8')::text,
                                             (substr(dice, 4, 1) > '8')::text, (substr(dice, 2, 1) > 'a')::text)
                END);
        END LOOP;
    END LOOP;
END
$$;
CREATE TEMP TABLE facts AS
SELECT f.* FROM rds_guard.role_memberships() AS f JOIN pg_roles AS m ON m.rolname = f.member
WHERE f.member LIKE 'regress\_m\_%' AND f.role LIKE 'regress\_m\_%' AND NOT m.rolsuper;
CREATE TEMP VIEW pairs AS
SELECT m.oid AS member_oid, m.rolname AS member, r.oid AS role_oid, r.rolname AS role
FROM pg_roles AS m JOIN pg_roles AS r ON m.oid <> r.oid AND NOT m.rolsuper
WHERE m.rolname LIKE 'regress\_m\_%' AND r.rolname LIKE 'regress\_m\_%';

SELECT count(*) AS pairs,
       count(*) FILTER (WHERE (f.ways @> '{inherit}') <> pg_has_role(p.member_oid, p.role_oid, 'USAGE')) AS inherit_wrong,
       -- who may SET ROLE: every member up to 15
       count(*) FILTER (WHERE (f.ways @> '{set}') <> pg_has_role(p.member_oid, p.role_oid, CASE WHEN :'options' THEN 'SET' ELSE 'MEMBER' END)) AS set_wrong,
       count(*) FILTER (WHERE (f.ways @> '{admin}') <> pg_has_role(p.member_oid, p.role_oid, 'MEMBER WITH ADMIN OPTION')) AS admin_wrong,
       -- the graph is worth the trouble: each way has rows and lacks rows
       min(cardinality(f.ways)) AS least_ways, max(cardinality(f.ways)) AS most_ways,
       bool_or(NOT f.ways @> '{inherit}' AND f.ways @> '{set}') AS set_only
FROM pairs AS p
CROSS JOIN LATERAL (SELECT ARRAY(SELECT how FROM facts WHERE member = p.member AND role = p.role)) AS f (ways);

-- "become" and "hold" by trying: the member acts as each role that it may SET
-- ROLE to and grants itself what that role may grant, until no more comes of it.
CREATE FUNCTION pg_temp.climb(climber name) RETURNS TABLE (role name, how text)
LANGUAGE plpgsql SET client_min_messages = warning AS $$
DECLARE
    options constant boolean := current_setting('server_version_num')::integer >= 160000;
    may_set constant text := CASE WHEN options THEN 'SET' ELSE 'MEMBER' END;
    pair record;
    before bigint := -1;
    now bigint := 0;
    answer jsonb;
BEGIN
    BEGIN
        WHILE now > before LOOP
            before := now;
            FOR pair IN
                SELECT a.rolname AS actor, r.rolname AS role FROM pg_roles AS a CROSS JOIN pg_roles AS r
                WHERE a.rolname LIKE 'regress\_m\_%' AND r.rolname LIKE 'regress\_m\_%' AND r.rolname <> climber
                      AND NOT a.rolsuper AND (a.rolname = climber OR pg_has_role(climber, a.oid, may_set))
                      AND NOT pg_has_role(climber, r.oid, may_set)
                      AND pg_has_role(a.oid, r.oid, 'MEMBER WITH ADMIN OPTION')
            LOOP
                EXECUTE format('SET LOCAL ROLE %I', pair.actor);
                BEGIN
                    EXECUTE format('GRANT %I TO %I', pair.role, climber);
                    now := now + 1;
                EXCEPTION WHEN insufficient_privilege OR internal_error THEN
                    NULL;
                END;
                RESET ROLE;
            END LOOP;
        END LOOP;
        SELECT jsonb_agg(jsonb_build_array(w.rolname, w.how)) INTO answer
        FROM (SELECT r.rolname, 'become' AS how FROM pg_roles AS r WHERE pg_has_role(climber, r.oid, may_set)
              UNION
              SELECT r.rolname, 'hold' FROM pg_roles AS a CROSS JOIN pg_roles AS r
              WHERE pg_has_role(climber, a.oid, may_set) AND pg_has_role(a.oid, r.oid, 'USAGE') AND (NOT a.rolsuper OR a.oid = r.oid)) AS w
        WHERE w.rolname LIKE 'regress\_m\_%' AND w.rolname <> climber;
        -- takes the grants back
        RAISE SQLSTATE 'RG001';
    EXCEPTION WHEN SQLSTATE 'RG001' THEN
        RETURN QUERY SELECT (e ->> 0)::name, e ->> 1 FROM jsonb_array_elements(answer) AS e;
    END;
END
$$;
CREATE TEMP TABLE tried AS
SELECT r.rolname AS member, c.* FROM pg_roles AS r CROSS JOIN LATERAL pg_temp.climb(r.rolname) AS c WHERE r.rolname LIKE 'regress\_m\_%' AND NOT r.rolsuper;
SELECT 'missing' AS differs, t.* FROM (SELECT member, role, how FROM tried EXCEPT SELECT member, role, how FROM facts) AS t
UNION ALL
SELECT 'unexpected', f.* FROM (SELECT member, role, how FROM facts WHERE how IN ('become', 'hold') EXCEPT SELECT member, role, how FROM tried) AS f
ORDER BY 1, 2, 3, 4;
-- There were such rows, and from 16 on more than SET ROLE alone gives.
SELECT count(*) > 100 AS tried, (count(*) FILTER (WHERE how = 'become') > (SELECT count(*) FROM facts WHERE how = 'set')) = :'options' AS more_than_set
FROM tried;

-- Each path begins and ends where it should, is as long as depth says, and
-- each of its steps is a grant.
SELECT count(*) AS wrong
FROM facts AS f
WHERE f.path[1] <> f.member OR f.path[cardinality(f.path)] <> f.role OR cardinality(f.path) <> f.depth + 1
      OR EXISTS (SELECT FROM generate_series(1, f.depth) AS i
                 WHERE NOT EXISTS (SELECT FROM pg_auth_members AS g
                                   WHERE g.member = f.path[i]::text::regrole AND g.roleid = f.path[i + 1]::text::regrole));
-- Arguments only leave rows out.
SELECT count(*) AS asked, count(*) FILTER (WHERE a IS DISTINCT FROM f) AS wrong
FROM pairs AS p
CROSS JOIN unnest('{inherit,set,admin,become,hold}'::text[]) AS h (how)
LEFT JOIN LATERAL rds_guard.role_memberships(p.member, p.role, h.how) AS a ON true
LEFT JOIN facts AS f ON (f.member, f.role, f.how) = (p.member, p.role, h.how);
ROLLBACK;
