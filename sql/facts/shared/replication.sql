-- Who copies this server's data, whose data this server copies, and over what
-- connections: subscriptions, slots, the connection strings of libpq. A secret
-- in a connection string leaves no function of this file.

CREATE FUNCTION rds_guard.uri_decode(encoded text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF encoded ~ '%(?![0-9A-Fa-f]{2})|%00' THEN
        RETURN NULL;
    END IF;
    RETURN (
        SELECT coalesce(string_agg(CASE WHEN m.token[1] ~ '^%[0-7]' THEN chr(get_byte(decode(substr(m.token[1], 2), 'hex'), 0)) ELSE m.token[1] END,
                                   '' ORDER BY m.place), '')
        FROM regexp_matches(btrim(encoded, ' '), '%..|[^%]+', 'g') WITH ORDINALITY AS m (token, place));
END
$$;

COMMENT ON FUNCTION rds_guard.uri_decode(text) IS
'A part of a URI with its percent signs resolved; NULL where one is not followed by two hexadecimal digits other than 00. Bytes from 80 on stay as they are written, for in this database they may be no character. For everybody. Source: conninfo_uri_decode() in src/interfaces/libpq/fe-connect.c.';

CREATE FUNCTION rds_guard.uri_options(uri text) RETURNS TABLE (keyword text, value text)
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    -- user and password, hosts and ports, database, parameters
    host CONSTANT text := '(?:[[][^]]+[]]|[^:/?,[][^:/?,]*|)(?::[^/?,]*)?';
    parts CONSTANT text[] := regexp_match(uri, '^postgres(?:ql)?://(?:([^@/]*)@|(?![^@/]*@))(' || host || '(?:,' || host || ')*)(?:/([^?]*))?(?:[?](.*))?$');
    hosts CONSTANT text[] := string_to_array(parts[2], ',');
    parameters CONSTANT text[] := string_to_array(regexp_replace(parts[4], '(?<=.)&$', ''), '&');
BEGIN
    IF parts IS NULL OR EXISTS (SELECT FROM unnest(parameters) AS p (parameter) WHERE p.parameter !~ '^[^=]+=[^=]*$') THEN
        RETURN QUERY VALUES (NULL::text, NULL::text);
        RETURN;
    END IF;
    RETURN QUERY
    SELECT o.keyword, rds_guard.uri_decode(o.value)
    FROM (VALUES ('user', substring(parts[1], '^[^:]*')),
                 ('password', substring(parts[1], ':(.*)$')),
                 ('host', (SELECT string_agg(coalesce(substring(h.host, '^[[]([^]]+)[]]'), substring(h.host, '^[^:]*')), ',' ORDER BY h.place)
                           FROM unnest(hosts) WITH ORDINALITY AS h (host, place))),
                 ('port', (SELECT string_agg(coalesce(substring(h.host, '^(?:[[][^]]+[]]|[^:[][^:]*|):(.*)$'), ''), ',' ORDER BY h.place)
                           FROM unnest(hosts) WITH ORDINALITY AS h (host, place))),
                 ('dbname', parts[3])) AS o (keyword, value)
    WHERE o.value <> ''
    UNION ALL
    SELECT CASE p.parameter WHEN 'ssl=true' THEN 'sslmode' ELSE rds_guard.uri_decode(split_part(p.parameter, '=', 1)) END,
           CASE p.parameter WHEN 'ssl=true' THEN 'require' ELSE rds_guard.uri_decode(split_part(p.parameter, '=', 2)) END
    FROM unnest(parameters) WITH ORDINALITY AS p (parameter, place);
END
$$;

COMMENT ON FUNCTION rds_guard.uri_options(text) IS
'A row for each option of a connection URI, in the order in which libpq takes them, secrets included: for connection_options(), which hides them. A row with NULL: libpq would refuse it. For everybody. Source: conninfo_uri_parse_options() and conninfo_uri_parse_params() in src/interfaces/libpq/fe-connect.c.';

CREATE FUNCTION rds_guard.keyword_options(conninfo text) RETURNS TABLE (keyword text, value text)
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE ROWS 10
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    blanks CONSTANT text := E' \\t\\n\\v\\f\\r';
    -- a value within quotes, or up to the next blank; none only at the end
    bare CONSTANT text := format(E'(?:[^\\\\%s]|\\\\.|\\\\$)', blanks);
    pair CONSTANT text := format(E'([%1$s]*([^=%1$s]+)[%1$s]*=[%1$s]*(''(?:[^''\\\\]|\\\\.)*''|(?!'')%2$s+|$)[%1$s]*)', blanks, bare);
BEGIN
    RETURN QUERY
    WITH pairs AS MATERIALIZED (
        SELECT m.parts, m.place FROM regexp_matches(conninfo, pair, 'g') WITH ORDINALITY AS m (parts, place)
    ), whole AS (
        SELECT coalesce(sum(length(p.parts[1])), 0) = length(conninfo) OR conninfo ~ format('^[%s]*$', blanks) AS is_read
        FROM pairs AS p
    )
    SELECT p.parts[2],
           regexp_replace(CASE WHEN p.parts[3] LIKE '''%' THEN substr(p.parts[3], 2, length(p.parts[3]) - 2) ELSE p.parts[3] END,
                          E'\\\\(.?)', E'\\1', 'g')
    FROM pairs AS p CROSS JOIN whole AS w
    WHERE w.is_read
    UNION ALL
    SELECT NULL, NULL FROM whole AS w WHERE NOT w.is_read;
END
$$;

COMMENT ON FUNCTION rds_guard.keyword_options(text) IS
'A row for each keyword = value of a connection string, in their order, secrets included: for connection_options(), which hides them. A row with NULL: libpq would refuse it. For everybody. Source: conninfo_parse() in src/interfaces/libpq/fe-connect.c.';

CREATE FUNCTION rds_guard.connection_secrets() RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN '{password,sslpassword,oauth_client_secret,scram_client_key,scram_server_key}';
END
$$;

COMMENT ON FUNCTION rds_guard.connection_secrets() IS
'The options of libpq whose value lets in whoever knows it, in any version.';

CREATE FUNCTION rds_guard.connection_options(conninfo text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN (
        WITH options AS MATERIALIZED (
            SELECT o.keyword, o.value, row_number() OVER () AS place
            FROM (SELECT u.* FROM rds_guard.uri_options(conninfo) AS u WHERE conninfo ~ '^postgres(ql)?://'
                  UNION ALL
                  SELECT k.* FROM rds_guard.keyword_options(conninfo) AS k WHERE conninfo !~ '^postgres(ql)?://') AS o
        )
        -- of the same option twice the last one counts
        SELECT CASE WHEN bool_or(o.keyword IS NULL OR o.value IS NULL) THEN NULL
                    ELSE coalesce(jsonb_object_agg(n.keyword, n.value ORDER BY o.place), '{}') END
        FROM options AS o
        CROSS JOIN LATERAL (
            SELECT CASE o.keyword WHEN 'requiressl' THEN 'sslmode' ELSE coalesce(o.keyword, '') END,
                   CASE
                       WHEN o.keyword = 'requiressl' THEN CASE WHEN o.value LIKE '1%' THEN 'require' ELSE 'prefer' END
                       WHEN o.keyword = ANY (rds_guard.connection_secrets()) AND o.value <> '' THEN '********'
                       ELSE o.value
                   END
        ) AS n (keyword, value));
END
$$;

COMMENT ON FUNCTION rds_guard.connection_options(text) IS
'The options of a connection string, keyword = value or URI, as libpq takes it apart, without defaults: an object with a member for each keyword. Of a secret only that there is one: ********. NULL where libpq would refuse the string; keywords are not looked up. For everybody. Source: src/interfaces/libpq/fe-connect.c.';

CREATE FUNCTION rds_guard.connection_targets(options jsonb) RETURNS TABLE (target text, is_local boolean)
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE ROWS 2
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT t.target,
           t.target ~ E'^$|^[/@]|^127(\\.[0-9]{1,3}){3}$|^[0:]+:0*1$|^::ffff:127(\\.[0-9]{1,3}){3}$' OR lower(t.target) = 'localhost'
    FROM unnest(CASE coalesce(options ->> 'host', '') WHEN '' THEN '{}' ELSE string_to_array(options ->> 'host', ',') END,
                CASE coalesce(options ->> 'hostaddr', '') WHEN '' THEN '{}' ELSE string_to_array(options ->> 'hostaddr', ',') END) AS h (host, address)
    CROSS JOIN LATERAL (SELECT btrim(coalesce(nullif(h.address, ''), h.host, ''))) AS t (target);
END
$$;

COMMENT ON FUNCTION rds_guard.connection_targets(jsonb) IS
'A row for each host of connection_options() that libpq would try: its address where one is given, else its name, empty for the default; and whether it is on this machine: a Unix-domain socket or the loopback interface. No row: no host is given, libpq takes the default socket. For everybody.';

CREATE FUNCTION rds_guard.connection_faults(options jsonb) RETURNS TABLE (fault text, detail text, unseen text)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 1
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    root CONSTANT text := coalesce(options ->> 'sslrootcert', '');
    -- from 16 on no file of that name, but the system's authorities, which
    -- libpq trusts only together with the name of the host
    mode CONSTANT text := coalesce(nullif(options ->> 'sslmode', ''),
                                   CASE WHEN root = 'system' AND current_setting('server_version_num')::integer >= 160000 THEN 'verify-full' ELSE 'prefer' END);
    given CONSTANT boolean := coalesce(options ->> 'sslmode', '') <> '';
    elsewhere CONSTANT boolean := coalesce(options ->> 'service', '') <> '';
    has_root boolean := false;
BEGIN
    IF options IS NULL THEN
        RETURN QUERY SELECT 'unreadable', 'with a connection string that libpq cannot read', 'Correct the connection string: nothing can connect with it.';
        RETURN;
    END IF;
    IF mode LIKE 'verify-%' OR options ->> 'gssencmode' = 'require'
       -- then the server has to prove, within TLS, that it knows the password's verifier
       OR options ->> 'channel_binding' = 'require'
       OR (NOT elsewhere AND (SELECT coalesce(bool_and(t.is_local), true) FROM rds_guard.connection_targets(options) AS t)) THEN
        RETURN;
    END IF;
    IF elsewhere AND (NOT given OR NOT options ?| '{host,hostaddr}') THEN
        RETURN QUERY SELECT 'elsewhere', format('as service %s of a file on the server says', options ->> 'service'),
                            'Look for host and sslmode in the service file of the account that runs the server: SQL cannot.';
        RETURN;
    END IF;
    IF mode = 'require' AND root <> '' THEN
        -- it verifies after all, if the file is there
        IF NOT (has_function_privilege('pg_catalog.pg_stat_file(text,boolean)', 'EXECUTE') AND pg_has_role('pg_read_server_files', 'USAGE')) THEN
            RETURN QUERY SELECT 'unseen', 'with sslmode=require, which looks at the certificate only where the file of sslrootcert exists',
                                'Set sslmode=verify-full, which insists on the file, or run the report as a role that may look for it: a member of pg_read_server_files with EXECUTE on pg_stat_file(text, boolean).';
            RETURN;
        END IF;
        -- any owner of a subscription can name what cannot be looked at; the
        -- server itself cannot either, and goes on without
        BEGIN
            has_root := (pg_stat_file(root, true)).size IS NOT NULL;
        EXCEPTION WHEN OTHERS THEN
            has_root := false;
        END;
        IF has_root THEN
            RETURN;
        END IF;
    END IF;
    RETURN QUERY
    SELECT CASE mode WHEN 'require' THEN 'unverified' ELSE 'optional' END,
           CASE
               WHEN mode = 'require' AND root <> '' THEN 'with sslmode=require and an sslrootcert that does not exist, which takes any server for the right one'
               WHEN mode = 'require' THEN 'with sslmode=require and no sslrootcert, which takes any server for the right one'
               WHEN mode = 'disable' THEN 'with sslmode=disable, without encryption'
               ELSE format('with sslmode=%s%s, which makes do without encryption', mode, CASE WHEN NOT given THEN ', the default' ELSE '' END)
           END,
           NULL::text;
END
$$;

COMMENT ON FUNCTION rds_guard.connection_faults(jsonb) IS
'What connection_options() leave open to whoever sits on the way: a row or none. fault: optional (encryption is not insisted on), unverified (encrypted with whoever answers), or what cannot be told: unreadable, elsewhere (a service file), unseen (whether there is a root certificate), with what would tell in unseen. No row where each server is verified or on this machine. A root certificate in the home of the server''s account is not seen. For everybody. Source: the sslmode table of the libpq manual, initialize_SSL() in fe-secure-openssl.c.';

CREATE FUNCTION rds_guard.subscriptions()
    RETURNS TABLE (database name, name name, owner name, server oid, password_required boolean, run_as_owner boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    has_options CONSTANT boolean := current_setting('server_version_num')::integer >= 160000;
    has_server CONSTANT boolean := current_setting('server_version_num')::integer >= 190000;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_subscription) THEN
        RETURN;
    END IF;
    -- not s.*: who is no superuser may not read the connection string
    RETURN QUERY EXECUTE format(
        'SELECT d.datname, s.subname, coalesce(r.rolname, (''dropped role '' || s.subowner)::name), %s, %s, %s
         FROM pg_catalog.pg_subscription AS s
         JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid
         LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.subowner',
        CASE WHEN has_server THEN 'nullif(s.subserver, 0)' ELSE 'NULL::oid' END,
        CASE WHEN has_options THEN 's.subpasswordrequired' ELSE 'NULL::boolean' END,
        CASE WHEN has_options THEN 's.subrunasowner' ELSE 'true' END);
END
$$;

COMMENT ON FUNCTION rds_guard.subscriptions() IS
'A row for each subscription of the server, those of other databases too: the database, the name, the owner, the foreign server that its connection comes from (NULL: a connection string of its own), whether an owner who is no superuser has to authenticate with a password (NULL before 16, where there is no such option), and whether changes are applied with the rights of the owner (always before 16) instead of those of each table''s. For everybody. Source: pg_subscription.';

CREATE FUNCTION rds_guard.server_options(server oid, role name) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    IF NOT has_table_privilege('pg_catalog.pg_user_mapping', 'SELECT') THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied to see the user mappings of other roles',
            HINT = format('GRANT SELECT ON pg_catalog.pg_user_mapping TO %s;', rds_guard.ident(current_user));
    END IF;
    RETURN (
        SELECT jsonb_object_agg(o.option_name,
                                CASE WHEN o.option_name = ANY (rds_guard.connection_secrets()) AND o.option_value <> '' THEN '********' ELSE o.option_value END
                                ORDER BY l.place)
        FROM (
            SELECT 1 AS place, f.srvoptions AS options FROM pg_catalog.pg_foreign_server AS f WHERE f.oid = server
            UNION ALL
            -- that of the role, or else that of all
            (SELECT 2, m.umoptions
             FROM pg_catalog.pg_user_mapping AS m
             WHERE m.umserver = server
                   AND m.umuser IN (0, (SELECT r.oid FROM pg_catalog.pg_roles AS r WHERE r.rolname = role))
             ORDER BY m.umuser DESC
             LIMIT 1)
        ) AS l
        CROSS JOIN LATERAL pg_options_to_table(l.options) AS o);
END
$$;

COMMENT ON FUNCTION rds_guard.server_options(oid, name) IS
'The options with which a role connects to a foreign server of this database, those of the server and of the role''s user mapping, as connection_options() has them: secrets as ********. NULL when there are none. For whoever may read pg_user_mapping; 42501 for others, with the GRANT as hint. Source: GetUserMapping() in src/backend/foreign/foreign.c.';

CREATE FUNCTION rds_guard.subscription_connections()
    RETURNS TABLE (database name, name name, owner name, server name, options jsonb, unseen text, password_required boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    kept jsonb := '{}';
BEGIN
    IF EXISTS (SELECT FROM rds_guard.subscriptions() AS s WHERE s.server IS NULL) THEN
        IF NOT has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'SELECT') THEN
            RAISE insufficient_privilege USING
                MESSAGE = 'permission denied to see the connection strings of subscriptions',
                HINT = format('GRANT SELECT (subconninfo) ON pg_catalog.pg_subscription TO %s;', rds_guard.ident(current_user));
        END IF;
        SELECT coalesce(jsonb_object_agg(rds_guard.subscription_name(d.datname, s.subname), rds_guard.connection_options(s.subconninfo)), '{}') INTO kept
        FROM pg_catalog.pg_subscription AS s
        JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid;
    END IF;
    RETURN QUERY
    SELECT s.database, s.name, s.owner, f.srvname,
           CASE
               WHEN s.server IS NULL THEN nullif(kept -> rds_guard.subscription_name(s.database, s.name), 'null')
               WHEN s.database = current_database() THEN coalesce(rds_guard.server_options(s.server, s.owner), '{}')
           END,
           CASE WHEN s.server IS NOT NULL AND s.database <> current_database()
                THEN format('Run the report in database %s, which has the foreign server that the connection comes from.', rds_guard.ident(s.database)) END,
           s.password_required
    FROM rds_guard.subscriptions() AS s
    LEFT JOIN pg_catalog.pg_foreign_server AS f ON f.oid = s.server AND s.database = current_database();
END
$$;

COMMENT ON FUNCTION rds_guard.subscription_connections() IS
'A row for each subscription of the server: database, name, owner, the foreign server that its connection comes from (NULL: none, or one of another database), the options as connection_options() has them, secrets as ********, NULL where libpq cannot read them; unseen: what would show them where they are in another database; and whether an owner who is no superuser has to authenticate with a password. For superusers and who may read pg_subscription.subconninfo; 42501 for others, with the GRANT as hint, unless there is no subscription.';

CREATE FUNCTION rds_guard.subscription_name(database name, name name) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN rds_guard.ident(database) || '.' || rds_guard.ident(name);
END
$$;

COMMENT ON FUNCTION rds_guard.subscription_name(name, name) IS
'A subscription with its database, for two databases may have one of the same name.';

CREATE FUNCTION rds_guard.alter_subscription(database name, name name, change text) RETURNS text
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN format('ALTER SUBSCRIPTION %s %s;%s', rds_guard.ident(name), change,
                  CASE WHEN database <> current_database() THEN ' -- in database ' || rds_guard.ident(database) ELSE '' END);
END
$$;

COMMENT ON FUNCTION rds_guard.alter_subscription(name, name, text) IS
'The statement that changes a subscription, and where to run it if not here.';

CREATE FUNCTION rds_guard.applied_tables(subscription name, owner name) RETURNS text[]
    LANGUAGE plpgsql STABLE STRICT PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    -- of all columns but the connection string, 13 hides only this one
    IF NOT has_column_privilege('pg_catalog.pg_subscription', 'oid', 'SELECT') THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied to see which tables a subscription writes to',
            HINT = format('GRANT SELECT (oid) ON pg_catalog.pg_subscription TO %s;', rds_guard.ident(current_user));
    END IF;
    RETURN (
        SELECT coalesce(array_agg(rds_guard.relation_name(c.oid) ORDER BY n.nspname, c.relname), '{}')
        FROM pg_catalog.pg_subscription AS s
        JOIN pg_catalog.pg_subscription_rel AS l ON l.srsubid = s.oid
        JOIN pg_catalog.pg_class AS c ON c.oid = l.srrelid
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE s.subname = applied_tables.subscription
              AND s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())
              AND EXISTS (SELECT FROM pg_catalog.pg_roles AS r
                          WHERE (r.oid = c.relowner
                                 OR r.oid IN (SELECT a.grantee FROM aclexplode(c.relacl) AS a WHERE a.privilege_type = 'TRIGGER'))
                                AND r.rolname <> applied_tables.owner
                                AND r.rolname NOT IN (SELECT m.role FROM rds_guard.administrators() AS m (role))
                          UNION ALL
                          SELECT FROM aclexplode(c.relacl) AS a WHERE a.privilege_type = 'TRIGGER' AND a.grantee = 0));
END
$$;

COMMENT ON FUNCTION rds_guard.applied_tables(name, name) IS
'The tables that a subscription of this database writes to and on which others than its owner and administrators can put code of theirs: they own the table or have TRIGGER on it. For everybody, on 13 for superusers and who may read pg_subscription.oid; 42501 for others, with the GRANT as hint. Source: pg_subscription_rel.';

CREATE FUNCTION rds_guard.replication_slots()
    RETURNS TABLE (slot name, plugin name, kind text, database name, temporary boolean, active boolean, wal_status text,
                   retained numeric, invalidation text, inactive_seconds numeric, synced boolean)
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.slot_name, s.plugin, s.slot_type, s.database, s.temporary, s.active, s.wal_status,
           CASE WHEN s.wal_status <> 'lost' AND s.restart_lsn IS NOT NULL
                THEN greatest(0, pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, s.restart_lsn)) END,
           -- 16 knows one reason only, 17 and later name it
           coalesce(j.row ->> 'invalidation_reason', CASE WHEN (j.row ->> 'conflicting')::boolean THEN 'conflict with recovery' END,
                    CASE s.wal_status WHEN 'lost' THEN 'wal_removed' END),
           CASE WHEN NOT s.active THEN extract(epoch FROM clock_timestamp() - (j.row ->> 'inactive_since')::timestamptz)::numeric END,
           coalesce((j.row ->> 'synced')::boolean, false) AND pg_is_in_recovery()
    FROM pg_catalog.pg_replication_slots AS s
    CROSS JOIN LATERAL (SELECT to_jsonb(s)) AS j (row);
END
$$;

COMMENT ON FUNCTION rds_guard.replication_slots() IS
'A row for each replication slot: name, output plugin (NULL: physical), kind, database (NULL: physical), whether it ends with its session, whether somebody uses it, the state of the WAL that it needs, the bytes of WAL kept for it (NULL: none), why it is of no use any more (NULL: it is), for how many seconds nobody has used it (NULL: somebody does, or before 17), and whether this standby copies it from its primary. For everybody. Source: pg_replication_slots.';

CREATE FUNCTION rds_guard.wal_receivers() RETURNS SETOF text
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY
    SELECT c.application
    FROM rds_guard.client_connections() AS c
    WHERE c.backend_type = 'walsender' AND c.database IS NULL
          AND c.application IN ('pg_receivewal', 'barman_receive_wal');
END
$$;

COMMENT ON FUNCTION rds_guard.wal_receivers() IS
'A row for each connected program that stores the stream of WAL, by the name that it gives itself: pg_receivewal, alone or run by Barman. For members of pg_read_all_stats; errors as of client_connections().';

CREATE FUNCTION rds_guard.archive_command_fault(command text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    nothing CONSTANT text := '(?:(?:/usr)?/bin/)?(?:true|:|exit 0)';
BEGIN
    RETURN CASE
               WHEN btrim(command) = '' THEN 'is empty: WAL piles up until the disk is full'
               WHEN command !~ '%[pf]' THEN 'names no file (%p, %f), so that it cannot keep one'
               WHEN command ~ ('^[[:space:]]*(?:' || nothing || '|(?:/bin/)?echo)([[:space:]][^;&|>]*)?$') THEN 'keeps nothing'
               WHEN command ~ '%[pf]["'']?[[:space:]]*>?[[:space:]]*/dev/null["'']?[[:space:]]*$' THEN 'throws away what it is given'
               WHEN command ~ ('([|][|]|;)[[:space:]]*' || nothing || '[[:space:]]*$') THEN 'reports success whatever happens, so that WAL is removed that was never kept'
           END;
END
$$;

COMMENT ON FUNCTION rds_guard.archive_command_fault(text) IS
'What is wrong with an archive_command at first sight: NULL when nothing is. The command itself, which may hold a secret, is not repeated. For everybody.';

CREATE FUNCTION rds_guard.last_base_backup() RETURNS timestamptz
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT has_function_privilege('pg_catalog.pg_ls_waldir()', 'EXECUTE') THEN
        RAISE insufficient_privilege USING
            MESSAGE = 'permission denied to list the files of WAL',
            HINT = format('GRANT EXECUTE ON FUNCTION pg_ls_waldir() TO %s;', rds_guard.ident(current_user));
    END IF;
    RETURN (SELECT max(w.modification) FROM pg_ls_waldir() AS w WHERE w.name LIKE '%.backup');
END
$$;

COMMENT ON FUNCTION rds_guard.last_base_backup() IS
'When the last base backup ended, as far as the server still knows: where WAL is archived it keeps the last backup history file. NULL: it knows of none. For members of pg_monitor; 42501 for others, with the GRANT as hint. Source: CleanupBackupHistory() in src/backend/access/transam/xlog.c.';
