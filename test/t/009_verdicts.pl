# What the report says of whole servers: exactly the true findings on one as
# initdb makes it, nothing grave on a hardened one, and on one full of mistakes
# each fix that is SQL ends its finding and makes no other.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

# The findings as "check: object", but those of KEEP only.
sub failed
{
	my ($node, $keep, %to) = @_;
	return [
		sort map { "$_->{check_id}: $_->{object}" }
		  grep { $_->{status} eq 'fail' && $keep->($_) } @{ lasting($node, %to) }
	];
}

# A report without what depends on the day, and on which minor release is
# installed, for which test/sql/versions.sql asks; and without fsync, which all
# servers of tests have off.
sub lasting
{
	my ($node, %to) = @_;
	return [ grep { $_->{check_id} !~ /^(version_|cve_)/ && ($_->{object} // '') ne 'fsync' } @{ report($node, undef, %to) } ];
}

sub everything
{
	return 1;
}

sub is_grave
{
	my ($finding) = @_;
	return $finding->{severity} =~ /^(high|critical)$/;
}

#
# A server as initdb makes it: trust for local and loopback, listening on
# nothing but the socket
#
my $stock = server('stock');
my $major = major($stock);
sql($stock, 'CREATE EXTENSION rds_guard');
my @expected = (
	# it has no password, and initdb -A trust lets it in unasked
	"login_without_password: $superuser",
	# so say these lines; whoever replicates gets all of it
	(map { ("hba_trust: $_ all all trust", "hba_trust: $_ replication all trust", "hba_replication_open: $_ replication all trust") } 'local'),
	(map { ("hba_trust: host all all $_ trust", "hba_trust: host replication all $_ trust", "hba_replication_open: host replication all $_ trust") } '127.0.0.1/32', '::1/128'),
	'unix_socket_permissions: unix_socket_permissions',
	# initdb sets none of these
	'log_disconnections_off: log_disconnections',
	'log_connections_off: log_connections',
	'log_statement_off: log_statement',
	'log_line_prefix_weak: log_line_prefix',
	'log_operational_gaps: log_temp_files',
	'pgaudit_not_loaded: shared_preload_libraries',
	'password_policy_missing: shared_preload_libraries',
	'bruteforce_protection_missing: shared_preload_libraries',
	'wal_archiving_off_or_failing: archive_mode',
	'idle_session_limits: idle_in_transaction_session_timeout');
# the name that everybody would guess, on Debian
push @expected, "default_admin_role_name: $superuser" if $superuser =~ /^(postgres|admin|root)$/;
# only the library can ask OpenSSL, and few machines are in FIPS mode
my @library = value($stock, 'SELECT fips FROM rds_guard.openssl()') ? () : 'fips_mode: OpenSSL';
# PUBLIC may create in the schema public up to 14
push @expected, 'public_schema_create: public' if $major < 15;
# nor does initdb write checksums up to 17
push @expected, 'data_checksums_off: data_checksums' if $major < 18;
push @expected, 'log_operational_gaps: log_checkpoints' if $major < 15;
push @expected, 'log_operational_gaps: log_lock_waits' if $major < 19;
# the default is md5 up to 13
push @expected, 'password_encryption_md5: password_encryption' if $major < 14;
is_deeply(failed($stock, \&everything), [ sort @expected, @library ], "stock server $major: exactly the true findings");
no_errors(report($stock), "stock server $major: no check breaks");
# that there are no backups a server cannot tell
is_deeply([ map { $_->{check_id} } grep { $_->{status} eq 'unknown' } @{ lasting($stock) } ],
	['backup_evidence_missing'], "stock server $major: a superuser sees all that decides");
# what somebody left in template1 is seen from inside
sql($stock, 'CREATE FUNCTION public.left_here() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$', dbname => 'template1');
install_plain($stock, dbname => 'template1');
is_deeply(failed($stock, \&everything, dbname => 'template1'), [ sort 'template_database_tampered: template1', "superuser_owned_user_objects: $superuser", @expected ],
	"stock server $major: the same without the library");
is(value($stock, q{SELECT detail FROM rds_guard.report('{template_database_tampered}')}, dbname => 'template1'),
	'template1 holds 1 objects that new databases get: function public.left_here()', "stock server $major: from inside template1 its objects are seen");
sql($stock, 'DROP FUNCTION public.left_here()', dbname => 'template1');
is_deeply(failed($stock, \&everything, dbname => 'template1'), [ sort @expected ], "stock server $major: and that they are gone");
$stock->stop;

#
# A hardened server
#
SKIP:
{
	skip 'pgaudit is not installed for this server', 6 unless has_pgaudit();

	my $archive = PostgreSQL::Test::Utils::tempdir();
	my $conf = <<"EOT";
ssl = on
ssl_min_protocol_version = 'TLSv1.2'
password_encryption = 'scram-sha-256'
shared_preload_libraries = 'pgaudit, passwordcheck, auth_delay'
pgaudit.log = 'all'
auth_delay.milliseconds = 100
log_connections = on
log_disconnections = on
log_line_prefix = '%m [%p] %quser=%u,db=%d,app=%a,client=%h '
log_checkpoints = on
log_lock_waits = on
log_temp_files = 0
ssl_ciphers = 'ECDHE+AESGCM:ECDHE+CHACHA20'
idle_in_transaction_session_timeout = '10min'
archive_mode = on
archive_command = 'cp %p $archive/%f'
EOT
	$conf .= "passwordcheck.min_password_length = 12\n" if $major >= 18;
	my $hba = <<"EOT";
local   all all peer
hostssl postgres app 127.0.0.1/32 scram-sha-256
hostssl postgres app 192.0.2.0/24 scram-sha-256
EOT
	my $hardened = server('hardened', start => 0, conf => $conf, hba => $hba, listen => "127.0.0.1,$nowhere");
	make_certificates($hardened->data_dir);
	# which initdb does by itself from 18 on
	system_or_bail('pg_checksums', '--enable', '-D', $hardened->data_dir) if $major < 18;
	$hardened->start;
	sql($hardened, <<'EOT');
CREATE EXTENSION pgaudit;
CREATE EXTENSION rds_guard;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE ROLE app LOGIN PASSWORD 'long and random 1' CONNECTION LIMIT 20 VALID UNTIL '2099-01-01';
-- on a busy machine the time that is shipped may not do
UPDATE rds_guard.policy SET value = '60000' WHERE name = 'weak_password_milliseconds';
REVOKE CONNECT, TEMPORARY ON DATABASE postgres FROM PUBLIC;
GRANT CONNECT ON DATABASE postgres TO app;
CREATE ROLE owner;
CREATE SCHEMA app AUTHORIZATION owner;
SET ROLE owner;
CREATE TABLE app.orders (id integer);
GRANT USAGE ON SCHEMA app TO app;
GRANT SELECT ON app.orders TO app;
EOT
	# the first file of WAL in the archive
	sql($hardened, 'SELECT pg_switch_wal()');
	$hardened->poll_query_until('postgres', 'SELECT archived_count > 0 FROM pg_stat_archiver') or die 'nothing is archived';
	is_deeply(failed($hardened, \&is_grave), [], 'hardened server: nothing high or critical');
	# which Debian's superuser has; before 18 passwordcheck cannot ask for more than 8 characters;
	# a superuser can switch off pgaudit, which comes with a search_path that is quoted wrongly in some versions
	my $not_else = sub { $_[0]->{check_id} !~ /^(default_admin_role_name|password_policy_weak|fips_mode|pgaudit_superuser_blind)$/ && !($_[0]->{check_id} eq 'pgaudit_version_mismatch' && $_[0]->{severity} eq 'low') };
	is_deeply(failed($hardened, $not_else), [], 'hardened server: nor anything else');
	no_errors(report($hardened), 'hardened server: no check breaks');
	is_deeply(
		[ map { "$_->{check_id}: $_->{detail}" } grep { $_->{status} eq 'unknown' && $_->{check_id} ne 'backup_evidence_missing' } @{ lasting($hardened) } ],
		[], 'hardened server: a superuser sees all that decides');

	# the application comes in by TLS, and no other way
	my %app = (user => 'app', password => 'long and random 1', host => '127.0.0.1');
	is(value($hardened, 'SELECT encryption FROM rds_guard.connection()', %app, sslmode => 'require'), 'tls', 'hardened server: app comes in by TLS');
	isnt((try_sql($hardened, 'SELECT 1', %app, sslmode => 'disable'))[0], 0, 'hardened server: and not without');
	$hardened->stop;
}

#
# A server full of mistakes: each fix that is SQL is run.
#
my $wrong = server(
	'wrong',
	listen => "127.0.0.1,$nowhere",
	hba => qq{local all "$superuser" trust\nlocal all dba peer\nlocal all all md5\nhost all all all md5});
my $from16 = $major >= 16;
my $all_data = $major >= 14 ? 'pg_read_all_data' : 'pg_read_server_files';
sql($wrong, 'CREATE DATABASE shop');
sql($wrong, <<"EOT", dbname => 'shop');
CREATE EXTENSION rds_guard;

-- roles; 13 makes MD5 hashes by default
SET password_encryption = 'scram-sha-256';
-- its fix makes it a role like others, whose connections count
CREATE ROLE dba LOGIN SUPERUSER PASSWORD 'x' CONNECTION LIMIT 5;
CREATE ROLE "second ""dba""" SUPERUSER NOLOGIN;
CREATE ROLE climber LOGIN NOINHERIT;
CREATE ROLE step NOINHERIT;
GRANT "second ""dba""" TO step;
GRANT step TO climber;
CREATE ROLE hirer LOGIN CREATEROLE;
CREATE ROLE replicator LOGIN REPLICATION;
CREATE ROLE replicating;
CREATE ROLE blind LOGIN BYPASSRLS;
CREATE ROLE "Blind too" LOGIN;
GRANT blind TO "Blind too";
CREATE ROLE files LOGIN IN ROLE pg_read_server_files, pg_execute_server_program;
CREATE ROLE filing;
GRANT pg_write_server_files TO filing;
CREATE ROLE "filing clerk" LOGIN IN ROLE filing;
CREATE ROLE reader LOGIN IN ROLE $all_data;
CREATE ROLE team;
CREATE ROLE lead LOGIN;
GRANT team TO lead WITH ADMIN OPTION;
CREATE ROLE "lead " LOGIN CREATEDB;
CREATE ROLE watcher LOGIN IN ROLE pg_monitor;
SET password_encryption = 'md5';
CREATE ROLE old LOGIN PASSWORD 'x';
SET password_encryption = 'scram-sha-256';
CREATE ROLE eternal LOGIN PASSWORD 'x' VALID UNTIL 'infinity' CONNECTION LIMIT 5;
CREATE ROLE guessed LOGIN PASSWORD 'guessed' VALID UNTIL '2001-01-01' CONNECTION LIMIT 5;
CREATE ROLE admin LOGIN SUPERUSER CONNECTION LIMIT 5;
CREATE ROLE kept PASSWORD 'x';
CREATE ROLE crowd LOGIN CONNECTION LIMIT 5000;
CREATE ROLE weak LOGIN CONNECTION LIMIT 5 VALID UNTIL '2099-01-01' PASSWORD 'SCRAM-SHA-256\$1000:c2FsdA==\$c3RvcmVkIGtleSBvZiAzMiBieXRlcyBsb25nLi4uLi4=:c2VydmVyIGtleSBvZiAzMiBieXRlcyBsb25nLi4uLi4=';

-- privileges
CREATE SCHEMA open;
GRANT CREATE, USAGE ON SCHEMA open TO PUBLIC;
CREATE TABLE open."Orders" (id integer, "card No" text);
GRANT SELECT, INSERT ON open."Orders" TO PUBLIC;
CREATE TABLE open.customers (id integer, name text);
GRANT SELECT (name), UPDATE (name, id) ON open.customers TO PUBLIC;
CREATE SEQUENCE open.numbers;
GRANT USAGE ON SEQUENCE open.numbers TO PUBLIC;
CREATE VIEW open.all_orders AS SELECT * FROM open."Orders";
GRANT SELECT ON open.all_orders TO PUBLIC;
GRANT SELECT, UPDATE (name) ON open.customers TO lead WITH GRANT OPTION;
GRANT USAGE ON SCHEMA open TO reader WITH GRANT OPTION;
GRANT TRIGGER ON open.customers TO lead;
CREATE FUNCTION open.secret(integer, text) RETURNS integer LANGUAGE sql AS 'SELECT 1';
GRANT EXECUTE ON FUNCTION open.secret(integer, text) TO lead WITH GRANT OPTION;
CREATE TYPE open.state AS ENUM ('new');
GRANT USAGE ON TYPE open.state TO lead WITH GRANT OPTION;
GRANT CONNECT ON DATABASE shop TO lead WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE lead IN SCHEMA open GRANT INSERT, UPDATE ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE lead GRANT USAGE ON SEQUENCES TO PUBLIC;
GRANT SELECT ON pg_authid TO lead;
GRANT SELECT (rolname, rolpassword) ON pg_authid TO reader;
GRANT SELECT ON pg_shadow TO old;
GRANT UPDATE (rolsuper) ON pg_authid TO lead;
GRANT EXECUTE ON FUNCTION pg_read_file(text) TO PUBLIC;
CREATE FUNCTION open.member() RETURNS integer LANGUAGE sql AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION open.member() FROM PUBLIC;
ALTER EXTENSION plpgsql ADD FUNCTION open.member();
GRANT EXECUTE ON FUNCTION open.member() TO lead;
CREATE SCHEMA "their own";
GRANT CREATE ON SCHEMA "their own" TO lead;
GRANT ALL ON open.customers TO hirer;
SELECT lo_create(4711);
GRANT SELECT, UPDATE ON LARGE OBJECT 4711 TO PUBLIC;
GRANT CREATE ON DATABASE template1 TO PUBLIC;
CREATE FOREIGN DATA WRAPPER "any where";
GRANT USAGE ON FOREIGN DATA WRAPPER "any where" TO lead;
ALTER DEFAULT PRIVILEGES FOR ROLE hirer IN SCHEMA open GRANT EXECUTE ON FUNCTIONS TO lead;

-- owners
CREATE SCHEMA own AUTHORIZATION lead;
CREATE TABLE own.parts (id integer);
ALTER TABLE own.parts OWNER TO team;

-- replication
CREATE SUBSCRIPTION "From there" CONNECTION 'host=there user=copier password=x' PUBLICATION everything WITH (connect = false, slot_name = NONE);
SELECT pg_create_physical_replication_slot('abandoned', true);
UPDATE rds_guard.policy SET value = '0' WHERE name = 'inactive_slot_limit';

-- settings
ALTER ROLE lead SET log_statement = 'none';
ALTER ROLE lead SET idle_in_transaction_session_timeout = 0;
ALTER DATABASE shop SET log_min_messages = 'fatal';
ALTER ROLE old SET password_encryption = 'md5';
ALTER ROLE reader IN DATABASE shop SET track_activities = off;
ALTER SYSTEM SET log_statement = 'ddl';
ALTER SYSTEM SET password_encryption = 'md5';
ALTER SYSTEM SET log_min_messages = 'panic';
ALTER SYSTEM SET authentication_timeout = '5min';
ALTER SYSTEM SET debug_print_parse = on;
ALTER ROLE lead SET debug_print_plan = on;
ALTER SYSTEM SET log_min_error_statement = 'fatal';
ALTER SYSTEM SET log_parameter_max_length_on_error = -1;
ALTER SYSTEM SET log_timezone = 'Europe/Berlin';
ALTER SYSTEM SET log_error_verbosity = 'terse';
ALTER SYSTEM SET log_line_prefix = '%m';
ALTER SYSTEM SET zero_damaged_pages = on;
ALTER SYSTEM SET full_page_writes = off;
ALTER SYSTEM SET backslash_quote = on;
ALTER SYSTEM SET dynamic_library_path = '/opt/x:\$libdir';
ALTER ROLE lead SET role = team;
ALTER ROLE lead SET search_path = public, pg_catalog;
ALTER ROLE lead SET session_preload_libraries = 'lurker';
DO \$\$
BEGIN
    CREATE ROLE "copy of eternal" LOGIN CONNECTION LIMIT 5;
    EXECUTE (SELECT format('ALTER ROLE "copy of eternal" PASSWORD %L', a.rolpassword) FROM pg_authid AS a WHERE a.rolname = 'eternal');
END
\$\$;
EOT
sql($wrong, 'CREATE DATABASE orders OWNER lead');
# extensions, and what looks like those that there need not be here
sql($wrong, <<'SQL', dbname => 'shop');
CREATE EXTENSION dblink;
CREATE ROLE pgtle_admin;
GRANT pgtle_admin TO lead;
CREATE SCHEMA cron;
CREATE TABLE cron.job (jobid bigint, command text, database text, username text, active boolean);
INSERT INTO cron.job VALUES (1, 'SELECT 1', 'shop', 'nobody, any longer', true);
CREATE FUNCTION cron.unschedule(id bigint) RETURNS void LANGUAGE sql AS 'DELETE FROM cron.job WHERE jobid = id';
SQL
sql($wrong, 'GRANT SET ON PARAMETER log_statement TO lead; GRANT ALTER SYSTEM ON PARAMETER archive_command TO "Blind too" WITH GRANT OPTION', dbname => 'shop')
  if $major >= 15;
sql($wrong, q{ALTER SYSTEM SET md5_password_warnings = off; ALTER ROLE lead SET md5_password_warnings = off}, dbname => 'shop') if $major >= 18;
sql($wrong, q{ALTER SYSTEM SET scram_iterations = 1000; ALTER ROLE lead SET scram_iterations = 1}, dbname => 'shop') if $from16;
# a grant by another than the owner
sql($wrong, 'SET ROLE lead; GRANT SELECT ON open.customers TO PUBLIC; RESET ROLE', dbname => 'shop');
reload($wrong);

# What is SQL and can be run as it stands
sub is_sql
{
	my ($finding) = @_;
	my $fix = $finding->{fix} // '';
	return $fix =~ /^(ALTER|REVOKE|SET) / && $fix !~ /-- then restart/;
}

sub by_hand
{
	return !is_sql(@_);
}

my %shop = (dbname => 'shop');
sql($wrong, q{UPDATE rds_guard.policy SET value = '60000' WHERE name = 'weak_password_milliseconds'}, %shop);
my $before = lasting($wrong, %shop);
no_errors($before, 'mistakes: no check breaks');
my %failing = map { $_->{check_id} => 1 } grep { $_->{status} eq 'fail' } @$before;
my %not_here = map { $_ => 1 } (
	qw(tls_current_session tls_cleartext_sessions tls_legacy_protocol_sessions superuser_session_remote tls_min_protocol tls_cert_expiry tls_cert_weak tls_sni_hosts),
	qw(rds_superuser_members iam_kerberos_conflict iam_auth_not_used rds_accepted_password_method rds_password_commands_unrestricted master_user_used_by_application
	  rds_log_retention rds_admin_logging rds_extension_policy aws_integration_exposed),
	# nothing is loaded that they ask about
	qw(password_policy_weak pg_tle_hooks_untrusted),
	$major < 18 ? 'md5_warnings_silenced' : (),
	# without TLS, and with one client
	qw(tls_weak_ciphers tls_weak_key_exchange tls_max_protocol_capped tls_prefer_server_ciphers tls_client_ca_crl tls_crl_expired gss_accept_delegation shared_account_many_clients),
	@library ? () : 'fips_mode',
	qw(pgaudit_log_insufficient pgaudit_extension_missing pgaudit_effective_override log_connections_partial),
	qw(pgaudit_event_triggers_disabled pgaudit_object_role_broken pgaudit_version_mismatch pgaudit_options_weak pgaudit_superuser_blind pgaudit_logs_sensitive_params),
	# files without contradictions and errors, nothing waits, the folder is closed
	qw(config_file_errors pending_restart_security alter_system_overrides data_directory_mode output_plugin_libraries_widened),
	# without archive_mode nobody sees the command; psql would say too much
	qw(external_command_settings client_min_messages),
	$major < 18 ? () : 'data_checksums_off',
	# the log of a test is a file; no collector, no syslog, no foreign tables
	qw(log_destination_missing log_file_exposure syslog_settings log_readable_by_sql log_hostname),
	# the tests' folders are closed to others
	qw(tls_private_key_perms hba_file_perms),
	# a small database without other extensions
	qw(privilege_sprawl_score extension_unapproved),
	# files of rules that say this are tested by themselves
	qw(hba_cleartext_password_method hba_ident_method hba_replication_open hba_ldap_insecure hba_parse_error_stale hba_shadowed_rule
	  hba_ident_map_wildcard hba_radius_removed hba_oauth_weak hba_clientcert_incomplete hba_gss_realm_stripped hba_dns_name_rule),
	qw(listen_all_interfaces default_port db_user_namespace),
	# overrides that weaken these need something to weaken
	qw(log_statement_off track_activities_off),
	# with a server of its own
	qw(replication_stream_cleartext replication_user_superuser primary_conninfo_weak rds_logical_replication_unused backup_evidence_missing),
	# the subscription has no tables yet, on which others could have a trigger
	$major < 16 ? 'subscription_weak_security' : (),
	$major < 14 ? 'predefined_role_data_access' : (),
	$major < 15 ? 'parameter_grants' : (),
	$major < 16 ? () : 'createrole_escalation_pre16');
is_deeply(
	[ sort grep { !$failing{$_} && !$not_here{$_} } map { $_->{check_id} } @$before ],
	[], 'mistakes: every check that can fail here does');

# Two findings may have one cause and then name the same statement.
my %seen;
my @fixes = grep { !$seen{$_}++ } map { $_->{fix} } grep { $_->{status} eq 'fail' && is_sql($_) } @$before;
note(scalar(@fixes) . ' fixes');
my @refused;
foreach my $fix (@fixes)
{
	my ($status, $out, $err) = try_sql($wrong, $fix, %shop);
	push @refused, "$fix: $err" if $status != 0 || $err =~ /^(?!.* (?:is not a member of|has not been granted membership in) role)/m && $err ne '';
}
is_deeply(\@refused, [], 'mistakes: every fix can be run');
reload($wrong);

# What the fixes take may leave a role with nothing, and the superuser alone,
# who then is the only one to come from the network; what was set by ALTER SYSTEM
# may agree with the file again.
sub is_consequence
{
	my ($finding) = @_;
	return $finding->{check_id} =~ /^(orphan_roles|set_user_missing_or_weak|default_admin_role_name|hba_superuser_remote|alter_system_overrides)$/;
}

my $after = lasting($wrong, %shop);
is_deeply(
	[ sort map { "$_->{check_id}: $_->{object}" } grep { $_->{status} eq 'fail' && !is_consequence($_) } @$after ],
	[ sort map { "$_->{check_id}: $_->{object}" } grep { $_->{status} eq 'fail' && by_hand($_) && !is_consequence($_) } @$before ],
	'mistakes: exactly the findings whose fix is not SQL remain');
no_errors($after, 'mistakes: no check breaks afterwards');

$wrong->stop;
done_testing();
