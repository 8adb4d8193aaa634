-- Which release runs here, and what releases.sql tells about it. Only the
-- number of the server counts: what distributors write after it says how they
-- packed it, not what it is.

CREATE FUNCTION rds_guard.running_release()
    RETURNS TABLE (version_num integer, version text, prerelease boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    -- 18.4 (Debian 18.4-1)
    written CONSTANT text := split_part(current_setting('server_version'), ' ', 1);
BEGIN
    RETURN QUERY
    SELECT current_setting('server_version_num')::integer, written, rds_guard.is_prerelease(written);
END
$$;

COMMENT ON FUNCTION rds_guard.running_release() IS
'One row: the release that runs here, as a number, as it calls itself, and whether it is none yet: the number of 19rc1 is that of 19.0. For everybody.';

CREATE FUNCTION rds_guard.is_prerelease(version text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN version ~ '^[0-9]+(devel|alpha|beta|rc)';
END
$$;

COMMENT ON FUNCTION rds_guard.is_prerelease(text) IS
'Whether this is how a version calls itself that is still to be released: 19devel, 19alpha1, 19beta1, 19rc1. Source: AC_INIT in configure.ac.';

CREATE FUNCTION rds_guard.version_text(version_num integer) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN format('%s.%s', version_num / 10000, version_num % 10000);
END
$$;

COMMENT ON FUNCTION rds_guard.version_text(integer) IS
'A value of server_version_num of 10 or later as people write it: 150004 is 15.4.';

CREATE FUNCTION rds_guard.day_text(day date) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN to_char(day, 'YYYY-MM-DD');
END
$$;

COMMENT ON FUNCTION rds_guard.day_text(date) IS
'A day as ISO 8601 writes it, whatever DateStyle the session has.';

CREATE FUNCTION rds_guard.release_state(version_num integer, today date, list_days numeric)
    RETURNS TABLE (newest integer, newest_released date, missed bigint, ends date, as_of date, doubt text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    running CONSTANT integer := version_num;
    branch CONSTANT integer := version_num / 10000;
    known record;
    list record;
BEGIN
    SELECT m.ends, m.as_of INTO known FROM rds_guard.known_majors() AS m WHERE m.major = branch;
    IF NOT FOUND THEN
        RETURN QUERY
        SELECT NULL::integer, NULL::date, NULL::bigint, NULL::date, max(m.as_of),
               format('PostgreSQL %s is not among the versions that this rds_guard knows, as of %s', branch, rds_guard.day_text(max(m.as_of)))
        FROM rds_guard.known_majors() AS m;
        RETURN;
    END IF;
    SELECT max(r.version_num) FILTER (WHERE r.version_num / 10000 = branch) AS newest,
           max(r.released) FILTER (WHERE r.version_num / 10000 = branch) AS released,
           count(*) FILTER (WHERE r.version_num / 10000 = branch AND r.version_num > running) AS missed,
           max(r.released) AS latest
    INTO list
    FROM rds_guard.known_releases() AS r;

    RETURN QUERY
    SELECT list.newest, list.released, list.missed, known.ends, known.as_of,
           CASE
               WHEN running > list.newest
                   THEN format('PostgreSQL %s is newer than %s, the newest release of this major version that this rds_guard knows, as of %s',
                               rds_guard.version_text(running), rds_guard.version_text(list.newest), rds_guard.day_text(known.as_of))
               -- nothing comes after the end
               WHEN known.as_of > known.ends THEN NULL
               -- the project releases all majors that it supports on the same day
               WHEN list.latest > known.as_of
                   THEN format('other major versions had a release on %s; what this rds_guard knows of PostgreSQL %s is as of %s',
                               rds_guard.day_text(list.latest), branch, rds_guard.day_text(known.as_of))
               WHEN today - known.as_of > list_days
                   THEN format('what this rds_guard knows of PostgreSQL %s is as of %s, %s days ago', branch, rds_guard.day_text(known.as_of),
                               today - known.as_of)
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.release_state(integer, date, numeric) IS
'One row about a release on a day: the newest release of its major version that is known, its day, how many are newer than this one, the day on which its support ends, and the day until which all this is known (as_of). doubt says why nobody can say that there is nothing newer: the major or the release is unknown, a release of this major must be missing, or the list is older than so many days; NULL when it can be said. All but as_of and doubt are NULL for an unknown major. For everybody. Source: known_majors(), known_releases().';

CREATE FUNCTION rds_guard.vulnerability_way(way text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    open boolean;
BEGIN
    IF way = 'network' THEN
        open := true;
    ELSIF way = 'SQL' THEN
        open := EXISTS (SELECT FROM pg_catalog.pg_roles AS r
                        WHERE r.rolcanlogin AND NOT r.rolsuper AND r.rolname NOT IN (SELECT i.role FROM rds_guard.internal_roles() AS i (role)));
    ELSIF way = 'REPLICATION' THEN
        open := EXISTS (SELECT FROM rds_guard.attribute_holders('REPLICATION') AS h WHERE h.can_login);
    ELSIF way = 'pg_signal_backend' THEN
        open := EXISTS (SELECT FROM pg_catalog.pg_auth_members AS m WHERE m.roleid = 'pg_signal_backend'::regrole);
    ELSIF way = 'row security' THEN
        open := EXISTS (SELECT FROM pg_catalog.pg_class AS c WHERE c.relrowsecurity);
    ELSIF way = 'subscription' THEN
        open := EXISTS (SELECT s.subname FROM pg_catalog.pg_subscription AS s);
    ELSIF way = 'foreign server' THEN
        open := EXISTS (SELECT FROM pg_catalog.pg_foreign_server);
    ELSIF way = 'TLS' THEN
        open := rds_guard.setting('ssl') = 'on';
    ELSIF way = 'pg_stat_statements' THEN
        -- the code runs where the library is loaded, in all databases
        open := rds_guard.has_setting('pg_stat_statements.max');
    ELSIF way = '32 bit' THEN
        open := version() ~ '32-bit$';
    ELSIF way = 'SCRAM iterations' THEN
        BEGIN
            -- what is not the default is what differs from the answer for a
            -- role that does not exist; from 16 on it can be set
            open := rds_guard.has_setting('scram_iterations') AND rds_guard.server_setting('scram_iterations') <> '4096';
        EXCEPTION
            WHEN insufficient_privilege THEN
                open := NULL;
        END;
    ELSIF way = 'MD5 password' THEN
        BEGIN
            open := EXISTS (SELECT FROM rds_guard.password_kinds() AS k WHERE k.kind = 'md5');
        EXCEPTION
            WHEN insufficient_privilege OR feature_not_supported THEN
                open := NULL;
        END;
    ELSIF way LIKE 'extension %' THEN
        open := EXISTS (SELECT FROM pg_catalog.pg_extension AS e WHERE e.extname = substr(way, 11));
    ELSIF way LIKE 'language %' THEN
        open := EXISTS (SELECT FROM pg_catalog.pg_language AS l WHERE l.lanname = substr(way, 10));
    ELSE
        RAISE invalid_parameter_value USING MESSAGE = format('there is no way "%s"', way);
    END IF;
    RETURN CASE open WHEN true THEN 'open' WHEN false THEN 'closed' ELSE 'unseen' END;
END
$$;

COMMENT ON FUNCTION rds_guard.vulnerability_way(text) IS
'Whether an attacker can go this way: open, closed, or unseen by the caller. network: whoever reaches the port or the socket. SQL: login roles other than superusers. REPLICATION: login roles other than administrators that have it or come to it. pg_signal_backend: a role is a member. subscription: one in any database. row security, foreign server, extension NAME, language NAME: in this database. TLS: ssl is on. pg_stat_statements: loaded. SCRAM iterations: not the default. MD5 password: a role has one. 32 bit: the server is built so. For everybody. Error 22023 for another word.';

CREATE FUNCTION rds_guard.vulnerabilities_of(version_num integer)
    RETURNS TABLE (cve text, fixed_in integer, released date, cvss numeric, severity rds_guard.severity, way text, state text, about text)
    LANGUAGE plpgsql STABLE STRICT PARALLEL UNSAFE ROWS 50
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH missed AS MATERIALIZED (
        SELECT v.cve, r.version_num AS fixed_in, v.fixed, v.cvss, v.ways, v.about
        FROM rds_guard.known_vulnerabilities() AS v
        JOIN rds_guard.known_releases() AS r ON r.released = v.fixed
        WHERE r.version_num / 10000 = vulnerabilities_of.version_num / 10000 AND r.version_num > vulnerabilities_of.version_num
              AND r.version_num / 10000 >= v.first_major
    ), way AS MATERIALIZED (
        SELECT w.way, rds_guard.vulnerability_way(w.way) AS state
        FROM (SELECT DISTINCT unnest(m.ways) AS way FROM missed AS m) AS w
    )
    SELECT m.cve, m.fixed_in, m.fixed, m.cvss,
           CASE
               WHEN m.cvss >= 9 THEN 'critical'
               WHEN m.cvss >= 7 THEN 'high'
               WHEN m.cvss < 4 THEN 'low'
               ELSE 'medium'
           END::rds_guard.severity,
           best.way, best.state, m.about
    FROM missed AS m
    CROSS JOIN LATERAL (
        SELECT w.way, w.state FROM way AS w WHERE w.way = ANY (m.ways)
        ORDER BY array_position('{open,unseen,closed}', w.state), array_position(m.ways, w.way)
        LIMIT 1
    ) AS best;
END
$$;

COMMENT ON FUNCTION rds_guard.vulnerabilities_of(integer) IS
'A row for each known vulnerability that a release has and a later one of the same major version has not: the first release without it and its day, the CVSS score, the severity that follows from it (medium without a score), the likeliest of its ways and whether that is open here, as vulnerability_way() says, and what it is. For everybody; no rows for an unknown major. Source: known_vulnerabilities().';
