# A report can be stopped and disturbed: statement_timeout and pg_cancel_backend()
# end it within a second even among thousands of roles, the session works on
# afterwards, and roles and objects that come and go meanwhile break no check.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;
use Time::HiRes qw(time);

# The editions share a cluster, each has a database.
my $node = server('cancel');
my %session;
sql($node, 'CREATE DATABASE c');
sql($node, 'CREATE DATABASE plain');
sql($node, 'CREATE EXTENSION rds_guard', dbname => 'c');
install_plain($node, dbname => 'plain');
$session{$_} = session($node, dbname => $_) foreach qw(c plain);

#
# Who comes and goes while a report runs does not break it.
#
# Each loop commits after each statement, so that a report meets every state
# in between; a name that was dropped comes back with another OID.
my $seconds = 4;

sub repeat
{
	my (@statements) = @_;
	my $array = join ', ', map { '$$' . $_ . '$$' } @statements;
	return <<"EOT";
DO \$do\$
DECLARE
    finish CONSTANT timestamptz := clock_timestamp() + '$seconds s';
    rounds integer := 0;
    statement text;
BEGIN
    WHILE clock_timestamp() < finish LOOP
        FOREACH statement IN ARRAY ARRAY[$array] LOOP
            EXECUTE statement;
            COMMIT;
        END LOOP;
        rounds := rounds + 1;
    END LOOP;
    RAISE WARNING 'rounds: %', rounds;
END
\$do\$
EOT
}

my $roles_come_and_go = repeat(
	q{CREATE ROLE passing LOGIN PASSWORD 'x'},
	'CREATE ROLE "passing ""group" CREATEROLE BYPASSRLS',
	'GRANT "passing ""group" TO passing WITH ADMIN OPTION',
	'GRANT pg_read_server_files, pg_monitor TO "passing ""group"',
	'GRANT pg_execute_server_program TO passing',
	'ALTER ROLE passing SET log_statement = none',
	'ALTER ROLE passing IN DATABASE c SET log_min_messages = fatal',
	'ALTER ROLE passing SUPERUSER REPLICATION',
	'ALTER ROLE passing NOSUPERUSER',
	'REVOKE "passing ""group" FROM passing',
	'REVOKE pg_execute_server_program FROM passing',
	'DROP ROLE passing',
	'DROP ROLE "passing ""group"');

my $objects_come_and_go = repeat(
	'CREATE SCHEMA passing',
	'GRANT CREATE, USAGE ON SCHEMA passing TO PUBLIC',
	'CREATE TABLE passing.open (a integer, b serial)',
	'GRANT ALL ON passing.open TO PUBLIC',
	'GRANT SELECT (a) ON passing.open TO PUBLIC',
	'GRANT SELECT ON passing.open TO opened WITH GRANT OPTION',
	'GRANT UPDATE (a) ON passing.open TO opened WITH GRANT OPTION',
	q{CREATE FUNCTION passing.f() RETURNS integer LANGUAGE sql AS 'SELECT 1'},
	'GRANT EXECUTE ON FUNCTION passing.f() TO opened WITH GRANT OPTION',
	'CREATE TYPE passing.t AS ENUM ()',
	'GRANT USAGE ON TYPE passing.t TO opened WITH GRANT OPTION',
	'ALTER DEFAULT PRIVILEGES IN SCHEMA passing GRANT INSERT ON TABLES TO PUBLIC',
	'ALTER TABLE passing.open DROP COLUMN a',
	'DROP TABLE passing.open',
	'DROP FUNCTION passing.f()',
	'DROP TYPE passing.t',
	'DROP SCHEMA passing CASCADE');

sql($node, 'CREATE ROLE opened');
my %disturber = (
	roles => session($node),
	map { +"objects of $_" => session($node, dbname => $_) } qw(c plain));
$disturber{$_}->query('SET client_min_messages = warning') foreach keys %disturber;
$disturber{$_}->send($_ eq 'roles' ? $roles_come_and_go : $objects_come_and_go) foreach keys %disturber;

my (%broken, %rounds, %met);
my $finish = time + $seconds - 0.5;
while (time < $finish)
{
	foreach my $edition (qw(c plain))
	{
		# a line is something wrong, but for "met"
		my ($out, $err) = $session{$edition}->query(<<'EOT');
SELECT DISTINCT CASE status WHEN 'fail' THEN 'met' ELSE format('error in %s: %s', check_id, detail) END
FROM rds_guard.report() WHERE status = 'error' OR (status = 'fail' AND object LIKE '%passing%')
UNION ALL SELECT format('error in my %s: %s', check_id, detail) FROM rds_guard.my_report() WHERE status = 'error';
SELECT 'privileges' FROM rds_guard.my_privileges HAVING count(*) < 20;
SELECT 'effective' FROM rds_guard.effective_privileges() HAVING count(*) < 100;
SELECT 'nameless' FROM rds_guard.effective_privileges() WHERE role IS NULL OR object IS NULL;
SELECT 'summary' FROM rds_guard.privilege_summary() HAVING count(*) < 1;
SELECT 'escalation' FROM rds_guard.escalation_paths() WHERE role IS NULL OR sentence IS NULL;
SELECT 'memberships' FROM rds_guard.role_memberships() HAVING count(*) < 3;
SELECT 'overrides' FROM rds_guard.setting_overrides() HAVING count(*) > 2;
SELECT 'verifiers' FROM rds_guard.password_verifiers() HAVING count(*) < 5
EOT
		$rounds{$edition}++;
		$met{$edition}++ if $out =~ s/^met$//m;
		$broken{$edition}{$_}++ foreach grep { $_ ne '' } split /\n/, "$out\n$err";
	}
}
foreach my $name (sort keys %disturber)
{
	my ($out, $err) = $disturber{$name}->answer;
	like($err, qr/\A[^\n]*WARNING:  rounds: [1-9]\d*\z/, "$name came and went all the time");
	note($err);
	$disturber{$name}->quit;
}
foreach my $edition (qw(c plain))
{
	note("edition $edition: $rounds{$edition} rounds, of which met something passing: " . ($met{$edition} // 0));
	is_deeply($broken{$edition} // {}, {}, "edition $edition: nothing breaks while roles and objects come and go");
}
SKIP:
{
	my $rounds = $rounds{c} + $rounds{plain};
	skip "only $rounds reports in $seconds s on a busy machine", 1 if $rounds < 10;
	cmp_ok(($met{c} // 0) + ($met{plain} // 0), '>', 0, 'some of these reports saw what came and went');
}

#
# What another session did, or this one in the same transaction, counts at once.
#
sql($node, 'CREATE ROLE early; CREATE ROLE late');
foreach my $edition (qw(c plain))
{
	my $session = $session{$edition};
	$session->query('BEGIN');
	is($session->query(q{SELECT count(*) FROM rds_guard.role_memberships('early')}), 0, "edition $edition: no membership yet");
	sql($node, 'GRANT late TO early');
	is($session->query(q{SELECT count(*) > 0 FROM rds_guard.role_memberships('early', 'late', 'inherit')}), 't', "edition $edition: and then there is one");
	$session->query('COMMIT');
	sql($node, 'REVOKE late FROM early');

	$session->query('BEGIN ISOLATION LEVEL REPEATABLE READ');
	is($session->query(q{SELECT count(*) FROM rds_guard.effective_privileges('early', 'large object')}), 0, "edition $edition: no large object yet");
	$session->query('SELECT lo_create(424242); GRANT SELECT ON LARGE OBJECT 424242 TO PUBLIC');
	is($session->query(q{SELECT privilege FROM rds_guard.effective_privileges('early', 'large object')}), 'SELECT', "edition $edition: and then there is one");
	$session->query('ROLLBACK');
}
sql($node, 'DROP ROLE early, late');

#
# 3000 roles in nested groups: 30 layers of 100, each role a member of two of
# the layer below
#
sql($node, <<'EOT');
DO $do$
BEGIN
    FOR i IN 0 .. 2999 LOOP
        EXECUTE format('CREATE ROLE r%s', i);
        IF i >= 100 THEN
            EXECUTE format('GRANT r%s, r%s TO r%s', i - 100, i / 100 * 100 - 100 + (i + 1) % 100, i);
        END IF;
    END LOOP;
    GRANT pg_monitor TO r0;
END
$do$;
ANALYZE;
EOT

foreach my $edition (qw(c plain))
{
	my $session = $session{$edition};
	$session->query("\\set VERBOSITY sqlstate\nSELECT");

	# 57014 is query_canceled; several times, to be stopped in several places
	foreach my $milliseconds (200, 100, 50)
	{
		foreach my $function (qw(report role_memberships))
		{
			my ($time, $err) = stopped($session, "SELECT count(*) FROM rds_guard.$function()", $milliseconds);
			my $name = "edition $edition: $function() after $milliseconds ms";
			like($err, qr/\A\S+ ERROR:  57014\z/, "$name is stopped by statement_timeout");
			cmp_ok($time, '<', $milliseconds / 1000 + 1, "$name ends within a second");
		}
	}

	my $pid = $session->query('SELECT pg_backend_pid()');
	$session->send('SELECT count(*) FROM rds_guard.report()');
	$node->poll_query_until('postgres', "SELECT state = 'active' AND query ~ 'report' FROM pg_stat_activity WHERE pid = $pid")
	  or die 'the report does not begin';
	my $start = time;
	sql($node, "SELECT pg_cancel_backend($pid)");
	my (undef, $err) = $session->answer;
	like($err, qr/\A\S+ ERROR:  57014\z/, "edition $edition: pg_cancel_backend() stops a report");
	cmp_ok(time - $start, '<', 1, "edition $edition: within a second");

	# r199 is in r99 and r0, and through that in pg_monitor and its three
	is_deeply(
		[ $session->query(q{SELECT count(*), max(depth) FROM rds_guard.role_memberships('r199', only_how => 'inherit')
		                    WHERE role ~ '^r[0-9]'}) ],
		[ '2|1', '' ],
		"edition $edition: the session works on with role_memberships()");
	is_deeply(
		[ $session->query(q{SELECT string_agg(check_id || ' ' || status, ', ' ORDER BY check_id)
		                    FROM rds_guard.report('{superuser_count,log_disconnections_off,public_table_grants}')}) ],
		[ 'log_disconnections_off fail, public_table_grants pass, superuser_count pass', '' ],
		"edition $edition: and with report()");
}

# With the library even all of it takes seconds at most.
is_deeply([ $session{c}->query(q{SELECT count(*) FROM rds_guard.report() WHERE status = 'error'}) ],
	[ '0', '' ], 'edition c: and with a whole report');

$session{$_}->quit foreach keys %session;
$node->stop;
done_testing();
