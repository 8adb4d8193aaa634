-- The checks of category replication as far as one server shows them. Streams,
-- standbys and slots of subscribers are tested with servers of their own.
\set SHOW_CONTEXT never
SET client_min_messages = error;

-- How connection strings read: as libpq reads them, and of secrets only that
-- they are there.
CREATE SCHEMA regress_replication;
GRANT USAGE ON SCHEMA regress_replication TO PUBLIC;
CREATE TABLE regress_replication.strings (n integer, conninfo text);
INSERT INTO regress_replication.strings VALUES
    (1, ''),
    (2, '  '),
    (3, 'host=10.0.0.1 port=5433 user=copier password=topsecret'),
    (4, E' host = 10.0.0.1\n\tuser=\fcopier  '),
    (5, $$host='two words' user='it''s' $$),
    (6, $$user='it\'s' password='top\\sec\'ret'$$),
    (7, E'user=top\\ secret password=back\\\\slash\\'),
    (8, $$host='a'user='b'port=1$$),
    (9, 'user=a=b'),
    (10, 'password= user=x'),
    (11, 'password='),
    (12, $$password=''$$),
    (13, 'sslmode=disable host=a sslmode=verify-full'),
    (14, 'requiressl=1 host=a'),
    (15, 'sslmode=verify-full requiressl=0'),
    (16, $$user='open$$),
    (17, $$user='open\'$$),
    (18, $$host=a user='b=c$$),
    (19, 'host'),
    (20, 'host a'),
    (21, 'host=a user'),
    (22, '=a'),
    (23, $$password=in'side$$),
    (30, 'postgres://'),
    (31, 'postgresql://copier:topsecret@10.0.0.1:5433/shop?sslmode=require'),
    (32, 'postgres://copier@/shop?host=/tmp&password=topsecret'),
    (33, 'postgres://copier:top%40secret%3A%2F@10.0.0.1'),
    (34, 'postgres://cop%69er:@10.0.0.1/'),
    (35, 'postgres://[::1]:5433,[2001:db8::7],10.0.0.1:1/shop'),
    (36, 'postgres://%2Ftmp:5433/?user=copier&ssl=true'),
    (37, 'postgres://a?pass%77ord=topsecret&sslmode=disable&sslmode=prefer'),
    (38, 'postgres://a:b@c@d/'),
    (39, 'postgres://a/b@c'),
    (40, 'postgres://a?user=b&'),
    (41, 'postgres://u%C3%A9:x@a'),
    (42, 'postgres://a?user'),
    (43, 'postgres://a?user=b=c'),
    (44, 'postgres://a?user=b&&port=1'),
    (45, 'postgres://a%zz'),
    (46, 'postgres://a:%00@b'),
    (47, 'postgres://[::1'),
    (48, 'postgres://[::1]x'),
    (49, 'postgres://a?sslpassword=topsecret&passfile=/secret&requiressl=1');
SELECT s.n, rds_guard.connection_options(s.conninfo) FROM regress_replication.strings AS s ORDER BY s.n;
SELECT count(*) AS secrets_shown FROM regress_replication.strings AS s WHERE rds_guard.connection_options(s.conninfo)::text ~ 'secret(?!["])' AND s.n <> 49;
SELECT rds_guard.connection_options(NULL) IS NULL AS nothing, rds_guard.connection_options('Postgres://a:topsecret@b') IS NULL AS no_uri,
       rds_guard.connection_options('password = ' || repeat('x', 100000)) AS long,
       rds_guard.connection_options(repeat('user=x ', 10000) || 'user=y') AS many;
-- the server, which has libpq check the string, takes and refuses the same
CREATE FUNCTION regress_replication.is_taken(conninfo text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE SUBSCRIPTION regress_try CONNECTION %L PUBLICATION p WITH (connect = false, slot_name = NONE)', conninfo);
    DROP SUBSCRIPTION regress_try;
    RETURN true;
EXCEPTION WHEN syntax_error THEN
    RETURN false;
END
$$;
SELECT s.n, s.conninfo, regress_replication.is_taken(s.conninfo) AS taken
FROM regress_replication.strings AS s
WHERE regress_replication.is_taken(s.conninfo) <> (rds_guard.connection_options(s.conninfo) IS NOT NULL);

-- Which hosts are on this machine, and what is left open to others.
SELECT c.n, left(c.conninfo, 60) AS conninfo,
       (SELECT string_agg(t.target || CASE WHEN t.is_local THEN ' here' ELSE '' END, ', ') FROM rds_guard.connection_targets(o.options) AS t) AS targets,
       f.fault, f.detail
FROM (VALUES
    (1, ''), (2, 'host=/tmp sslmode=disable'), (3, 'host=@abstract'), (4, 'host=localhost'), (5, 'host=LOCALHOST'), (6, 'host=127.0.0.1'), (7, 'host=127.1.2.3'), (8, 'host=::1'),
    (9, 'host=::ffff:127.0.0.1'), (10, 'host=primary hostaddr=127.0.0.1'), (11, 'host=127.0.0.1.example.com'), (12, 'host=localhost.example.com'),
    (13, 'hostaddr=10.0.0.1 host=localhost'), (14, 'host=/tmp,10.0.0.1'), (15, 'host=/tmp,localhost'), (16, 'host=a,b hostaddr=127.0.0.1,'), (17, 'host=, hostaddr='),
    (20, 'host=a'), (21, 'host=a sslmode=prefer'), (22, 'host=a sslmode=allow'), (23, 'host=a sslmode=disable'), (24, 'host=a sslmode=require'), (25, 'host=a sslmode='),
    (26, 'host=a sslmode=verify-ca'), (27, 'host=a sslmode=verify-full'), (29, 'host=a sslmode=require sslrootcert=/nowhere/root.crt'),
    (30, 'host=a sslmode=require sslrootcert=PG_VERSION'), (37, 'host=a sslmode=require sslrootcert=PG_VERSION/x'), (38, 'host=a sslmode=require sslrootcert=' || repeat('x', 300)), (31, 'host=a sslmode=prefer sslrootcert=PG_VERSION'), (32, 'host=a gssencmode=require'), (33, 'host=a gssencmode=prefer'),
    (34, 'host=a channel_binding=require'), (35, 'host=a channel_binding=prefer sslmode=require'), (36, 'host=a sslnegotiation=direct sslmode=require'),
    (40, 'service=x'), (41, 'service=x sslmode=verify-full'), (42, 'service=x host=/tmp'), (43, 'service=x host=a sslmode=disable'), (44, 'service=x sslmode=disable'), (45, $$host='$$),
    (46, 'postgres://a,b/?sslmode=verify-full'), (47, 'postgres://a:1,/'), (48, 'postgres://%2Ftmp/')
) AS c (n, conninfo)
CROSS JOIN LATERAL (SELECT rds_guard.connection_options(c.conninfo)) AS o (options)
LEFT JOIN LATERAL rds_guard.connection_faults(o.options) AS f ON true
ORDER BY c.n;

-- Commands that archive nothing.
SELECT c.command, rds_guard.archive_command_fault(c.command)
FROM (VALUES
    (1, 'cp %p /archive/%f'), (2, 'test ! -f /archive/%f && cp %p /archive/%f'), (3, 'pgbackrest --stanza=main archive-push %p'), (4, 'wal-g wal-push "%p"'),
    (5, 'cp "%p" /archive/"%f" || exit 1'), (6, 'gzip < %p > /archive/%f.gz'), (7, 'echo %f >> /log; cp %p /archive/%f'), (8, '/bin/truecopy %p'),
    (10, ''), (11, '  '), (12, '/bin/true'), (13, 'true'), (14, '/usr/bin/true %p'), (15, ': %p'), (16, 'exit 0 # %p'), (17, 'echo %p'), (18, 'rsync -a pg_wal/ backup:/archive'),
    (19, 'cp %p /dev/null'), (20, 'cat "%p" > /dev/null'), (21, 'cp %p /archive/%f || true'), (22, 'cp %p /archive/%f; exit 0'), (23, 'cp %p /archive/%f ;/bin/true '), (24, '(disabled)')
) AS c (n, command) ORDER BY c.n;

-- What the report says. Names of the database and times differ.
CREATE FUNCTION regress_replication.verdict(of_checks text[])
    RETURNS TABLE (check_id text, status rds_guard.status, severity rds_guard.severity, object text, detail text, fix text) LANGUAGE sql AS $$
    SELECT f.check_id, f.status, f.severity, replace(f.object, here.name, 'here'),
           regexp_replace(replace(f.detail, here.name, 'here'), E'\\d+ (seconds|bytes|[kMG]B)', 'N \1', 'g'), replace(f.fix, here.name, 'here')
    FROM rds_guard.report(of_checks) AS f
    CROSS JOIN rds_guard.ident(current_database()) AS here (name)
$$;
CREATE ROLE regress_plain LOGIN;
CREATE ROLE regress_watcher LOGIN IN ROLE pg_monitor;
GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO regress_plain;

-- As initdb leaves it, for everybody. What the version or the time decides is
-- told elsewhere.
SELECT * FROM regress_replication.verdict('{replication}');
SET ROLE regress_watcher;
SELECT v.check_id, v.status, v.fix FROM regress_replication.verdict('{replication}') AS v;
SET ROLE regress_plain;
SELECT v.check_id, v.status, v.detail, v.fix FROM regress_replication.verdict('{replication}') AS v;
RESET ROLE;

-- Subscriptions: a password in the plain way, in a URI, in quotes; and twins
-- that have none.
CREATE SUBSCRIPTION regress_plain CONNECTION 'host=10.0.0.1 user=copier password=topsecret' PUBLICATION p WITH (connect = false, slot_name = NONE);
CREATE SUBSCRIPTION "regress ""odd"" sub" CONNECTION 'postgres://copier:topsecret@10.0.0.1/shop?sslmode=verify-full' PUBLICATION p WITH (connect = false, slot_name = NONE);
CREATE SUBSCRIPTION regress_parameter CONNECTION 'postgres://copier@10.0.0.1/shop?%70assword=topsecret&sslmode=require' PUBLICATION p WITH (connect = false, slot_name = NONE);
CREATE SUBSCRIPTION regress_key CONNECTION 'host=10.0.0.1 sslmode=verify-ca sslkey=/key sslpassword=topsecret' PUBLICATION p WITH (connect = false, slot_name = NONE);
CREATE SUBSCRIPTION regress_fine CONNECTION 'host=10.0.0.1 sslmode=verify-full user=password passfile=/etc/pass application_name=''password=x''' PUBLICATION p WITH (connect = false, slot_name = NONE);
CREATE SUBSCRIPTION regress_empty CONNECTION 'host=/tmp password=''''' PUBLICATION p WITH (connect = false, slot_name = NONE);
CREATE SUBSCRIPTION regress_service CONNECTION 'service=copy' PUBLICATION p WITH (connect = false, slot_name = NONE);
SELECT * FROM regress_replication.verdict('{subscription_conninfo_password,subscription_no_tls}');
SELECT count(*) AS secrets_shown FROM rds_guard.report('{replication}') AS f WHERE f::text ~ 'topsecret';
-- who may not read that column does not know; the GRANT that is named will do
SET ROLE regress_watcher;
SELECT * FROM regress_replication.verdict('{subscription_conninfo_password,subscription_no_tls}');
SELECT f.fix FROM rds_guard.report('{subscription_no_tls}') AS f \gset
RESET ROLE;
:fix
SET ROLE regress_watcher;
SELECT v.check_id, v.status, v.object FROM regress_replication.verdict('{subscription_conninfo_password,subscription_no_tls}') AS v;
RESET ROLE;
REVOKE SELECT (subconninfo) ON pg_subscription FROM regress_watcher;
DROP SUBSCRIPTION regress_plain;
DROP SUBSCRIPTION "regress ""odd"" sub";
DROP SUBSCRIPTION regress_parameter;
DROP SUBSCRIPTION regress_key;
DROP SUBSCRIPTION regress_empty;
DROP SUBSCRIPTION regress_service;
SELECT v.check_id, v.status FROM regress_replication.verdict('{subscription_conninfo_password,subscription_no_tls}') AS v;
DROP SUBSCRIPTION regress_fine;

-- Slots without a consumer: one that keeps WAL, one that does not yet, one of
-- this session.
UPDATE rds_guard.policy SET value = '0' WHERE name = 'inactive_slot_limit';
SELECT FROM pg_create_physical_replication_slot('regress_kept', true);
SELECT FROM pg_create_physical_replication_slot('regress_fresh');
SELECT FROM pg_create_physical_replication_slot('regress_temporary', true, true);
SELECT v.status, v.severity, v.object, regexp_replace(v.detail, ' for N seconds', '') AS detail, v.fix FROM regress_replication.verdict('{replication_slots_inactive}') AS v;
SET ROLE regress_watcher;
SELECT v.status, v.object FROM regress_replication.verdict('{replication_slots_inactive}') AS v;
RESET ROLE;
ALTER SYSTEM SET max_slot_wal_keep_size = '1GB';
SELECT pg_reload_conf();
\c -
\set SHOW_CONTEXT never
SET client_min_messages = error;
SELECT regexp_replace(v.detail, ' for N seconds', '') AS detail FROM regress_replication.verdict('{replication_slots_inactive}') AS v;
SELECT f.fix FROM rds_guard.report('{replication_slots_inactive}') AS f \gexec
SELECT v.status FROM regress_replication.verdict('{replication_slots_inactive}') AS v;
ALTER SYSTEM RESET max_slot_wal_keep_size;
SELECT pg_reload_conf();
UPDATE rds_guard.policy SET value = DEFAULT WHERE name = 'inactive_slot_limit';

REVOKE ALL ON FUNCTION rds_guard.report(text[]) FROM regress_plain;
DROP ROLE regress_plain, regress_watcher;
DROP SCHEMA regress_replication CASCADE;
