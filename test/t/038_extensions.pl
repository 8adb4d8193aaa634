# What extensions open: checks of those that are dangerous or connect elsewhere
# by who can use them, of jobs of pg_cron, and of who administers pg_tle. With
# the extensions of PostgreSQL itself; pg_cron and pg_tle need not be there,
# what the checks look at can be made.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use RdsGuard;
use Test::More;

my @app = (dbname => 'app');
my $node = server('extensions');
sql($node, 'CREATE DATABASE app');
sql($node, 'CREATE EXTENSION rds_guard', @app);
sql($node, <<'SQL', @app);
CREATE ROLE plain LOGIN;
CREATE ROLE movers;
CREATE ROLE mover LOGIN NOINHERIT;
GRANT movers TO mover;
CREATE ROLE monitor LOGIN;
GRANT pg_monitor TO monitor;
CREATE ROLE second SUPERUSER LOGIN;
SQL

# [ status, severity, object, detail ] of each row that is no pass
sub said
{
	my ($check, %as) = @_;
	return [ map { [ @$_{qw(status severity object detail)} ] } grep { $_->{status} ne 'pass' } @{ report($node, $check, @app, %as) } ];
}

# the fixes of a check, one after the other
sub mend
{
	my ($check) = @_;
	sql($node, $_->{fix}, @app) foreach grep { $_->{status} eq 'fail' } @{ report($node, $check, @app) };
	return;
}

#
# Dangerous ones
#
my $check = 'extension_dangerous';
is_deeply(said($check), [], "$check: a stock server has none");
sql($node, 'CREATE EXTENSION pageinspect; CREATE EXTENSION file_fdw; CREATE EXTENSION postgres_fdw; CREATE EXTENSION "uuid-ossp"', @app)
  if value($node, q{SELECT count(*) FROM pg_available_extensions WHERE name = 'uuid-ossp'});
sql($node, 'CREATE EXTENSION IF NOT EXISTS pageinspect; CREATE EXTENSION IF NOT EXISTS file_fdw; CREATE EXTENSION IF NOT EXISTS postgres_fdw', @app);
my %danger = (
	pageinspect => 'extension pageinspect shows the bytes of every table, past privileges and row security;',
	file_fdw => 'extension file_fdw reads files and runs programs of the server;',
	postgres_fdw => 'extension postgres_fdw connects from the server to others, and back to itself;');
sub present
{
	return [ map { [ 'fail', 'info', $_, "$danger{$_} only administrators can use it" ] } @_ ];
}
is_deeply([ grep { $_->[2] ne 'pageinspect' } @{ said($check) } ], present(qw(file_fdw postgres_fdw)), "$check: for information where only administrators use it");
# heap_page_items() and its like check for superusers themselves, and yet are
# for everybody by their privileges
is_deeply([ map { $_->[1] } grep { $_->[2] eq 'pageinspect' } @{ said($check) } ], ['high'], "$check: what everybody may call is not");
sql($node, 'REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC', @app);
is_deeply(said($check), present(qw(file_fdw pageinspect postgres_fdw)), "$check: until it is taken away");
sql($node, 'GRANT EXECUTE ON FUNCTION get_raw_page(text, text, bigint) TO movers', @app) if major($node) >= 14;
sql($node, 'GRANT EXECUTE ON FUNCTION get_raw_page(text, text, integer) TO movers', @app) if major($node) < 14;
is_deeply([ map { [ @$_[ 1, 3 ] ] } grep { $_->[2] eq 'pageinspect' } @{ said($check) } ], [ [ 'high', "$danger{pageinspect} movers can use it" ] ],
	"$check: a group counts that a login role can SET ROLE to");
sql($node, 'REVOKE movers FROM mover', @app);
is_deeply([ map { $_->[1] } grep { $_->[2] eq 'pageinspect' } @{ said($check) } ], ['info'], "$check: one that nobody gets to does not");
sql($node, 'GRANT movers TO mover; GRANT USAGE ON FOREIGN DATA WRAPPER file_fdw TO plain; CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw; GRANT USAGE ON FOREIGN SERVER away TO second, mover', @app);
is_deeply([ map { [ @$_[ 1, 2, 3 ] ] } @{ said($check) } ],
	[ [ 'high', 'pageinspect', "$danger{pageinspect} movers can use it" ], [ 'medium', 'file_fdw', "$danger{file_fdw} plain can use it" ], [ 'low', 'postgres_fdw', "$danger{postgres_fdw} mover can use it" ] ],
	"$check: so does USAGE on a wrapper or a server, not that of an administrator");
is_deeply(said($check, user => 'monitor'), said($check), "$check: to a monitor, too");
sql($node, q{UPDATE rds_guard.policy SET value = '["pageinspect"]' WHERE name = 'approved_extensions'}, @app);
is_deeply([ map { $_->[0] } grep { $_->[2] eq 'pageinspect' } @{ said($check) } ], ['waived'], "$check: what the site approved is waived");
sql($node, q{UPDATE rds_guard.policy SET value = DEFAULT}, @app);
sql($node, 'DROP SERVER away', @app);
mend($check);
is_deeply(said($check), [], "$check: the fixes");

#
# Connections to wherever one likes
#
$check = 'egress_functions_exposed';
is_deeply(said($check), [], "$check: without such extensions");
sql($node, 'CREATE SCHEMA "out side"; CREATE EXTENSION dblink SCHEMA "out side"', @app);
sql($node, 'CREATE ROLE climber LOGIN; GRANT second TO climber', @app);
is_deeply(said($check), [], "$check: nobody has USAGE on the schema; who can become an administrator is told elsewhere");
sql($node, 'DROP ROLE climber', @app);
sql($node, 'GRANT USAGE ON SCHEMA "out side" TO movers', @app);
is_deeply(said($check), [ [ 'fail', 'high', 'EXTENSION dblink TO PUBLIC',
	'PUBLIC may have the server connect to others by 6 function(s) of extension dblink, such as "out side".dblink(text, text)' ] ], "$check: as everybody may execute them");
is_deeply(report($node, $check, @app)->[0]{evidence}, { functions => 6, logins => 1 }, "$check: whom the schema lets");
sql($node, 'GRANT EXECUTE ON FUNCTION "out side".dblink_connect_u(text) TO plain, second; GRANT USAGE ON SCHEMA "out side" TO PUBLIC', @app);
is_deeply([ map { [ @$_[ 1, 2 ] ] } @{ said($check) } ], [ [ 'high', 'EXTENSION dblink TO PUBLIC' ], [ 'medium', 'EXTENSION dblink TO plain' ] ], "$check: and whom somebody chose");
mend($check);
is_deeply(said($check), [], "$check: the fixes take them away");
my (undef, undef, $err) = try_sql($node, q{SELECT "out side".dblink_connect('host=203.0.113.1')}, @app, user => 'plain');
like($err, qr/permission denied for function dblink_connect/, "$check: and nobody gets out");
is(sql($node, q{SELECT "out side".dblink_get_connections() IS NULL}, @app, user => 'plain'), 't', "$check: what opens no connection is left");
sql($node, 'CREATE EXTENSION postgres_fdw; GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO mover, second', @app);
is_deeply(said($check), [ [ 'fail', 'medium', 'FOREIGN DATA WRAPPER postgres_fdw TO mover', 'mover may make servers of postgres_fdw, which connect to an address of its choice' ] ],
	"$check: a wrapper of which servers can be made");
mend($check);
is_deeply(said($check), [], "$check: its fix");
sql($node, 'DROP EXTENSION dblink; DROP EXTENSION postgres_fdw', @app);

#
# pg_tle
#
$check = 'pg_tle_admin';
is_deeply([ map { $_->[0] } @{ said($check) } ], ['not_applicable'], "$check: pg_tle was never there");
sql($node, 'CREATE ROLE pgtle_admin', @app);
is_deeply(said($check), [], "$check: nobody holds it");
sql($node, 'GRANT pgtle_admin TO second, movers', @app);
is_deeply(said($check), [ [ 'fail', 'high', 'mover', 'mover holds pgtle_admin: mover -> movers -> pgtle_admin' ] ], "$check: through a group that is not inherited, administrators apart");
mend($check);
is_deeply(said($check), [], "$check: its fix");
sql($node, 'DROP ROLE pgtle_admin', @app);

#
# Jobs of pg_cron
#
$check = 'pg_cron_jobs_risky';
is_deeply([ map { $_->[0] } @{ said($check) } ], ['not_applicable'], "$check: no pg_cron");
sql($node, <<'SQL', @app);
CREATE SCHEMA cron;
CREATE TABLE cron.job (jobid bigint, schedule text, command text, database text, username text, active boolean);
ALTER TABLE cron.job ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON cron.job USING (username = current_user);
GRANT USAGE ON SCHEMA cron TO PUBLIC;
GRANT SELECT ON cron.job TO PUBLIC;
INSERT INTO cron.job VALUES (1, '0 3 * * *', 'SELECT tidy_up()', 'app', 'plain', true);
SQL
is_deeply(said($check), [], "$check: one that is harmless");
my @job = (
	[ 2, 'VACUUM', 'app', 'second', 'high', 'runs as second, an administrator' ],
	[ 3, "COPY t TO  \nPROGRAM 'mail'", 'app', 'plain', 'high', 'runs a program of the server' ],
	[ 4, q{SELECT dblink('password=hunter2', '')}, 'app', 'plain', 'high', 'has what looks like a password or a key in its command' ],
	[ 5, q{SELECT dblink('postgres://a:b@c/d', '')}, 'app', 'plain', 'high', 'has what looks like a password or a key in its command' ],
	[ 6, 'SELECT 1 /* AKIAIOSFODNN7EXAMPLE */', 'app', 'plain', 'high', 'has what looks like a password or a key in its command' ],
	[ 7, 'SELECT 1', 'app', 'gone away', 'medium', 'is for "gone away", a role that does not exist: whoever makes it gets the job' ],
	[ 8, 'SELECT 1', 'app', 'movers', 'low', 'is for movers, which cannot log in' ],
	[ 9, 'SELECT 1', 'nowhere', 'plain', 'low', 'is for nowhere, a database that does not exist' ]);
foreach my $job (@job)
{
	my ($id, $command, $database, $role, $severity, $fault) = @$job;
	(my $quoted = $command) =~ s/'/''/g;
	sql($node, "INSERT INTO cron.job VALUES ($id, '* * * * *', '$quoted', '$database', '$role', false)", @app);
	is_deeply(said($check), [ [ 'fail', $severity, "job $id", "job $id $fault" ] ], "$check: $fault");
	unlike(sql($node, "SELECT * FROM rds_guard.report('{$check}')", @app), qr/hunter2|a:b@|AKIA/, "$check: without what it is");
	sql($node, "DELETE FROM cron.job WHERE jobid = $id", @app);
}
sql($node, q{INSERT INTO cron.job VALUES (2, '* * * * *', 'COPY t TO PROGRAM ''x''', 'nowhere', 'second', true)}, @app);
is_deeply([ map { $_->[3] } @{ said($check) } ], ['job 2 runs as second, an administrator, runs a program of the server, is for nowhere, a database that does not exist'], "$check: one row a job");
foreach my $word ('SELECT copy_of_program()', 'SELECT passwords FROM t', 'SELECT 1 -- https://example.org/a:b')
{
	sql($node, "UPDATE cron.job SET command = '$word', username = 'plain', database = 'app' WHERE jobid = 2", @app);
	is_deeply(said($check), [], "$check: $word is harmless");
}
is_deeply(said($check, user => 'monitor'), [ [ 'unknown', 'high', 'cron.job', 'jobs of other roles in cron.job are hidden by row security' ] ], "$check: a monitor sees none");
sql($node, q{INSERT INTO cron.job VALUES (3, '* * * * *', 'COPY t TO PROGRAM ''x''', 'app', 'monitor', true)}, @app);
is_deeply([ map { $_->[0] . ' ' . $_->[2] } @{ said($check, user => 'monitor') } ], [ 'fail job 3', 'unknown cron.job' ], "$check: but its own");
sql($node, 'REVOKE USAGE ON SCHEMA cron FROM PUBLIC', @app);
is_deeply([ map { $_->[0] } @{ said($check, user => 'monitor') } ], ['unknown'], "$check: or not even those");
is_deeply([ map { $_->[0] } @{ said('escalation_path_exists', user => 'monitor') } ], ['unknown'], 'escalation_path_exists: nor does it break on them');
sql($node, 'ALTER TABLE cron.job OWNER TO plain', @app);
is_deeply(said($check), [], "$check: a table of that name that is not the scheduler's");

SKIP:
{
	skip 'pg_cron is not installed for this server (Debian: postgresql-N-cron)', 3 unless has_library('pg_cron');
	sql($node, 'DROP SCHEMA cron CASCADE; GRANT SELECT ON rds_guard.policy TO plain; GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO plain', @app);
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_cron'\ncron.database_name = 'postgres'");
	$node->restart;
	is_deeply(said($check), [ [ 'unknown', 'high', undef, 'the jobs of pg_cron are in another database' ] ], "$check: where they are not");
	is(report($node, $check, @app)->[0]{remedy}, 'Run the report in database postgres, which has the extension pg_cron.', "$check: where they are");
	$node->append_conf('postgresql.conf', "cron.database_name = 'app'");
	$node->restart;
	sql($node, q{CREATE EXTENSION pg_cron; SELECT cron.schedule('nightly', '0 3 * * *', 'VACUUM')}, @app);
	is_deeply(said($check), [ [ 'fail', 'high', 'job 1', "job 1 runs as $superuser, an administrator" ] ], "$check: the real one");
	mend($check);
	is_deeply(said($check), [], "$check: its fix");
}
$node->stop;
done_testing();
