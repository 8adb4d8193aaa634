# Needs no library
#
# What pg_tle would refuse is not in what we register, and what we register runs as
# the script of an extension for a role that is no superuser, as pg_tle runs it:
# installed, upgraded, removed. psql upgrades its own edition likewise.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use File::Basename;
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

system_or_bail('make', '-s', '-C', $tree, 'tle') unless -e "$tree/dist/rds_guard_tle.sql";
my ($version) = slurp_file("$tree/rds_guard.control") =~ /^default_version = '(.*)'/m;
my $extensions = own_extensions();
my $node = server('tle');
sql($node, <<'SQL');
CREATE ROLE pgtle_admin;
CREATE ROLE rds_superuser;
GRANT pg_monitor TO rds_superuser;
CREATE ROLE master LOGIN CREATEROLE CREATEDB;
GRANT rds_superuser TO master;
CREATE ROLE watcher LOGIN;
CREATE DATABASE app OWNER master;
CREATE DATABASE plain OWNER master;
SQL
my @superuser = (dbname => 'app');
my @master = (dbname => 'app', user => 'master');

#
# A stand-in for pg_tle, which Debian does not have: the functions that we call,
# with what pg_tle 1.5 refuses at registration. Two versions are there already.
#
sql($node, <<'SQL', @superuser);
CREATE SCHEMA pgtle;
GRANT USAGE ON SCHEMA pgtle TO PUBLIC;
CREATE TABLE pgtle.scripts (name text PRIMARY KEY, script text NOT NULL);
INSERT INTO pgtle.scripts VALUES ('rds_guard--0.0.8.sql', ''), ('rds_guard--0.0.9.sql', ''), ('other--1.0.sql', '');
CREATE TABLE pgtle.control (name text PRIMARY KEY, version text, description text);
CREATE FUNCTION pgtle.keep(file text, script text, VARIADIC names text[]) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	IF position('$_pgtle_i_$' IN script) > 0 OR position('$_pgtle_o_$' IN script) > 0 THEN
		RAISE 'invalid character in extension definition' USING ERRCODE = '22023';
	END IF;
	FOREACH name IN ARRAY names LOOP
		IF coalesce(name, '') = '' OR name ~ '--|^-|-$|/|\\' THEN
			RAISE 'invalid name %', name USING ERRCODE = '22023';
		END IF;
	END LOOP;
	IF octet_length(file) >= 64 THEN
		RAISE 'generated function name "%" is too long', file USING ERRCODE = '42622';
	END IF;
	INSERT INTO pgtle.scripts VALUES (file, script);
	RETURN true;
END
$$;
CREATE FUNCTION pgtle.install_extension(name text, version text, description text, ext text, requires text[] DEFAULT NULL) RETURNS boolean
LANGUAGE sql SECURITY DEFINER AS $$
	INSERT INTO pgtle.control VALUES (name, version, description) ON CONFLICT ON CONSTRAINT control_pkey
	DO UPDATE SET version = excluded.version, description = excluded.description;
	SELECT pgtle.keep(name || '--' || version || '.sql', ext, name, version);
$$;
CREATE FUNCTION pgtle.install_update_path(name text, fromvers text, tovers text, ext text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER AS $$
	SELECT pgtle.keep(name || '--' || fromvers || '--' || tovers || '.sql', ext, name, fromvers, tovers);
$$;
CREATE FUNCTION pgtle.set_default_version(name text, version text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER AS $$
	UPDATE pgtle.control AS c SET version = set_default_version.version WHERE c.name = set_default_version.name RETURNING true;
$$;
CREATE FUNCTION pgtle.available_extension_versions(OUT name name, OUT version text) RETURNS SETOF record
LANGUAGE sql SECURITY DEFINER AS $$
	SELECT m[1]::name, m[2] FROM pgtle.scripts AS s CROSS JOIN regexp_matches(s.name, '^(.+?)--(.+)\.sql$') AS m WHERE m[2] !~ '--';
$$;
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA pgtle FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgtle TO pgtle_admin;
SQL

sub register
{
	my ($text) = @_;
	my (undef, undef, $err) = try_sql($node, "\\set VERBOSITY sqlstate\n$text", @master);
	return $err =~ /ERROR:\s+(\w+)/ ? $1 : $err;
}

my $registration = slurp_file("$tree/dist/rds_guard_tle.sql");
is(register($registration), '42501', 'nobody registers it without pgtle_admin');
sql($node, 'GRANT pgtle_admin TO master');
is(register($registration =~ s/^CREATE SCHEMA rds_guard;/-- \$_pgtle_i_\$/mr), '22023', 'the stand-in refuses the tags of pg_tle');
is(register($registration =~ s/'\Q$version\E'/'1--2'/gr), '22023', 'and versions with two dashes');
is(register($registration =~ s/'\Q$version\E'/"'1." . '0' x 60 . "'"/egr), '42622', 'and names that are too long');
is(register($registration), '', 'it takes ours from a role that is no superuser');
unlike($registration, qr/^\\/m, 'any client can send the file: psql need not read it');

my %script = map { $_->{name} => $_->{script} } @{ rows($node, q{SELECT * FROM pgtle.scripts WHERE script <> ''}, @superuser) };
my $install = "rds_guard--$version.sql";
is_deeply([ sort keys %script ], [ sort $install, map { "rds_guard--$_--$version.sql" } qw(0.0.8 0.0.9) ],
	'the version, and a way to it from each that is there');
is_deeply(rows($node, 'SELECT * FROM pgtle.control', @superuser),
	[ { name => 'rds_guard', version => $version, description => slurp_file("$tree/rds_guard.control") =~ /^comment = '(.*)'/m } ],
	'it becomes the default, with the comment of the control file');
is(register($registration), '23505', 'registering it twice is an error, as it is for pg_tle');

foreach my $name (sort keys %script)
{
	my @lines = split /\n/, $script{$name};
	is_deeply([ grep { /^\\/ } @lines ], [], "$name: no command of psql");
	is_deeply([ grep { /MODULE_PATHNAME|LANGUAGE\s+'?c\b/i } @lines ], [], "$name: no function in C");
	is_deeply([ grep { /\@ext(schema|owner)\b/ } @lines ], [], "$name: nothing that would be replaced by a name");
}

#
# The package for dbdev: one control file of lines that it can read, one script a
# version, README.md.
#
my $package = "$tree/dist/dbdev";
is_deeply([ sort map { basename($_) } glob("$package/*") ], [ sort 'README.md', $install, 'rds_guard.control' ], 'dbdev: the files of the package');
like($version, qr/^\d+\.\d+\.\d+$/, 'dbdev: a version of three numbers');
my $control = slurp_file("$package/rds_guard.control");
is_deeply([ grep { !/^\w+ = [^=]+$/ } split /\n/, $control ], [], 'dbdev: lines with one equals sign');
like($control, qr/^default_version = '\Q$version\E'$/m, 'dbdev: the version of the control file');
is(slurp_file("$package/$install"), $script{$install} =~ s/^\n//r, 'dbdev: the script is the one for pg_tle');

#
# As an extension of a role that is no superuser, which fails on transaction control
# and on what only a superuser may do. The older version is the same under another
# number.
#
unlink glob("$extensions/rds_guard*");
sub write_extension
{
	my ($name, $text) = @_;
	open my $out, '>:utf8', "$extensions/$name" or die $!;
	print $out $text;
	close $out or die $!;
	return;
}
write_extension('rds_guard.control', $control);
write_extension($_, $script{$_}) foreach keys %script;
write_extension('rds_guard--0.0.9.sql', $script{$install});

# what the site adds, and what is there of it
my $additions = <<'SQL';
SELECT rds_guard.define_check('site_one', 'site', 'low', title => 'T', why => 'W.', remedy => 'R.', refs => '{}',
	rule => $$ SELECT 'a', 'b', NULL::text, NULL::jsonb $$);
UPDATE rds_guard.policy SET value = '["keeper"]' WHERE name = 'owners';
UPDATE rds_guard.policy SET value = '41' WHERE name = 'sprawl_share';
GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO watcher;
GRANT SELECT, UPDATE (value) ON rds_guard.policy TO watcher WITH GRANT OPTION;
SQL

sub additions
{
	my (%as) = @_;
	return {
		checks => rows($node, 'SELECT d.check_id, d.definer::text, d.builtin FROM rds_guard.check_definitions AS d WHERE NOT d.builtin', %as),
		policies => rows($node, 'SELECT p.name, p.value::text FROM rds_guard.policy AS p WHERE p.value <> p.shipped ORDER BY 1', %as),
		grants => rows($node, q{SELECT q.name, a.privilege_type, a.is_grantable
			FROM (SELECT p.proname AS name, p.proacl AS acl FROM pg_proc AS p WHERE p.pronamespace = 'rds_guard'::regnamespace
				UNION ALL SELECT c.relname, c.relacl FROM pg_class AS c WHERE c.relnamespace = 'rds_guard'::regnamespace
				UNION ALL SELECT t.attname, t.attacl FROM pg_attribute AS t WHERE t.attrelid = 'rds_guard.policy'::regclass) AS q
			CROSS JOIN LATERAL aclexplode(q.acl) AS a WHERE a.grantee = 'watcher'::regrole ORDER BY 1, 2}, %as) };
}

sub upgrade_is_refused
{
	my ($upgrade, $name, %as) = @_;
	sql($node, <<'SQL', %as);
CREATE SCHEMA site;
CREATE VIEW site.metrics AS SELECT * FROM rds_guard.metrics;
CREATE TABLE site.history (severity rds_guard.severity, detail text CHECK (rds_guard.is_printable(detail)));
CREATE FUNCTION site.f(rds_guard.finding) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TABLE rds_guard.notes (note text);
SQL
	my $err = $upgrade->();
	like($err, qr/ERROR:  an upgrade would drop what is not part of rds_guard: column severity of table site.history, constraint history_detail_check on table site.history, function site.f\(rds_guard.finding\), rule _RETURN on view site.metrics, table rds_guard.notes\n/,
		"$name: an upgrade drops nothing that is not ours");
	sql($node, 'SET client_min_messages = warning; DROP SCHEMA site CASCADE; DROP TABLE rds_guard.notes', %as);
	# each alone is reason enough
	foreach my $case (
		[ 'view rds_guard.mine', 'CREATE VIEW rds_guard.mine AS SELECT 1 AS one', 'DROP VIEW rds_guard.mine' ],
		[ 'function rds_guard.mine()', q{CREATE FUNCTION rds_guard.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'}, 'DROP FUNCTION rds_guard.mine()' ],
		[ 'collation rds_guard.mine', 'CREATE COLLATION rds_guard.mine FROM "C"', 'DROP COLLATION rds_guard.mine' ],
		[ 'rule mine on table rds_guard.policy', 'CREATE RULE mine AS ON DELETE TO rds_guard.policy DO ALSO NOTHING', 'DROP RULE mine ON rds_guard.policy' ],
		[
			'trigger mine on table rds_guard.policy',
			'CREATE TRIGGER mine BEFORE UPDATE ON rds_guard.policy FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()',
			'DROP TRIGGER mine ON rds_guard.policy'
		],
		[
			'default privileges on new relations belonging to role master in schema rds_guard',
			'ALTER DEFAULT PRIVILEGES IN SCHEMA rds_guard GRANT SELECT ON TABLES TO watcher',
			'ALTER DEFAULT PRIVILEGES IN SCHEMA rds_guard REVOKE SELECT ON TABLES FROM watcher'
		])
	{
		my ($what, $make, $drop) = @$case;
		sql($node, $make, %as);
		like($upgrade->(), qr/ERROR:  an upgrade would drop what is not part of rds_guard: \Q$what\E\n/, "$name: nor $what");
		sql($node, $drop, %as);
	}
	return;
}

sql($node, q{CREATE EXTENSION rds_guard VERSION '0.0.9'}, @master);
is(value($node, q{SELECT count(*) FROM pg_proc AS p WHERE p.pronamespace = 'rds_guard'::regnamespace AND p.proowner <> 'master'::regrole}, @master),
	'0', 'extension: everything belongs to who created it');
no_errors(report($node, undef, @master), 'extension: no check breaks');
sql($node, $additions, @master);
my $before = additions(@master);
is(scalar(@{ $before->{grants} }), 3, 'extension: there is something to lose');
upgrade_is_refused(sub { (try_sql($node, 'ALTER EXTENSION rds_guard UPDATE', @master))[2] }, 'extension', @master);
my ($status, undef, $err) = try_sql($node, 'ALTER EXTENSION rds_guard UPDATE', @master);
is("$status $err", '0 ', 'extension: the upgrade says nothing');
is(value($node, q{SELECT extversion FROM pg_extension WHERE extname = 'rds_guard'}, @master), $version, 'extension: the new version');
is_deeply(additions(@master), $before, 'extension: what the site added is still there');
is(value($node, q{SELECT extconfig::regclass[]::text FROM pg_extension WHERE extname = 'rds_guard'}, @master),
	'{rds_guard.check_definitions,rds_guard.policy}', 'extension: and will be dumped');
is_deeply(rows($node, q{SELECT p.proname FROM pg_proc AS p WHERE p.pronamespace = 'rds_guard'::regnamespace
		AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')}, @master),
	[], 'extension: each function is a member');
no_errors(report($node, undef, @master), 'extension: no check breaks after the upgrade');
($status, undef, $err) = try_sql($node, slurp_file("$tree/dist/rds_guard_plain.sql"), @master);
like($err, qr/ERROR:  rds_guard is installed as an extension here/m, 'psql does not install over an extension');
sql($node, 'DROP EXTENSION rds_guard', @master);
is(value($node, q{SELECT count(*) FROM pg_namespace WHERE nspname = 'rds_guard'}, @master), '0', 'extension: dropped with its schema');

#
# The edition for psql, by the same role
#
@master = (dbname => 'plain', user => 'master');
sql($node, q{CREATE ROLE mallory; ALTER DATABASE plain SET rds_guard.kept = '{"grants": ["GRANT master TO mallory"]}'}, dbname => 'plain');
install_plain($node, @master);
is(value($node, q{SELECT count(*) FROM pg_auth_members WHERE member = 'mallory'::regrole}), '0', 'psql: only what was there is put back');
is(value($node, q{SELECT obj_description('rds_guard'::regnamespace, 'pg_namespace')}, @master) =~ /^rds_guard (\S+):/ ? $1 : '', $version,
	'psql: the schema says which version it is');
sql($node, $additions, @master);
upgrade_is_refused(sub { (try_sql($node, slurp_file("$tree/dist/rds_guard_plain.sql"), @master))[2] }, 'psql', @master);
install_plain($node, @master);
is_deeply(additions(@master), { %$before, checks => additions(@master)->{checks} }, 'psql: what the site added is still there');
is_deeply([ map { "$_->{check_id} $_->{definer}" } @{ additions(@master)->{checks} } ], ['site_one master'], 'psql: its check as well');
no_errors(report($node, undef, @master), 'psql: no check breaks after the upgrade');

# what the new version does not take is told
sql($node, <<'SQL', @master);
ALTER TABLE rds_guard.policy DISABLE TRIGGER USER;
INSERT INTO rds_guard.policy (name, unit, shipped, value, meaning) VALUES ('gone', 'days', '1', '2', 'G.');
UPDATE rds_guard.policy SET value = '-1' WHERE name = 'sprawl_share';
ALTER TABLE rds_guard.policy ENABLE TRIGGER USER;
UPDATE rds_guard.check_definitions SET builtin = false WHERE check_id = 'version_eol';
CREATE FUNCTION rds_guard.gone() RETURNS integer LANGUAGE sql AS 'SELECT 1';
COMMENT ON FUNCTION rds_guard.gone() IS 'An older version had it.';
GRANT EXECUTE ON FUNCTION rds_guard.gone() TO watcher;
SQL
($status, undef, $err) = try_sql($node, slurp_file("$tree/dist/rds_guard_plain.sql"), @master);
is($status, 0, 'psql: and does not keep anybody from upgrading');
is_deeply([ $err =~ /WARNING:  (.*)/g ],
	[
		'your check "version_eol" is lost: there is now one that is built in with this id',
		'there is no policy "gone" any more; its value was 2',
		'policy "sprawl_share" is as it was shipped: its value was -1, but policy "sprawl_share" wants a number from 0 to 100',
		'not granted any more: GRANT EXECUTE ON FUNCTION rds_guard.gone() TO watcher: function rds_guard.gone() does not exist'
	],
	'psql: what the new version does not take is told');

like((try_sql($node, slurp_file("$tree/dist/rds_guard_plain.sql"), dbname => 'plain'))[2], qr/ERROR:  schema rds_guard belongs to another role/m,
	'psql: another role does not take the place of who installed it');
sql($node, 'SET client_min_messages = warning; DROP SCHEMA rds_guard CASCADE; CREATE SCHEMA rds_guard; CREATE VIEW rds_guard.policy AS SELECT 1', @master);
like((try_sql($node, slurp_file("$tree/dist/rds_guard_plain.sql"), @master))[2], qr/ERROR:  schema rds_guard holds something else than rds_guard/m,
	'psql: a schema of this name that holds something else is left alone');
sql($node, 'SET client_min_messages = warning; DROP SCHEMA rds_guard CASCADE; CREATE SCHEMA rds_guard', @master);
install_plain($node, @master);
no_errors(report($node, undef, @master), 'psql: an empty one of the own is taken');

$node->stop;
done_testing();
