# What looks at passwords, with the real libraries: each verdict beside what
# the server then does with a weak password. And guessing: what clients make of
# a password is guessed, a cancel ends it within a second, no log has a guess.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use IPC::Run;
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;
use Time::HiRes qw(time);

my $node = server('passwords');
my $major = major($node);
my @checks = qw(password_policy_missing password_policy_weak bruteforce_protection_missing);
sql($node, q{CREATE EXTENSION rds_guard; CREATE ROLE monitor LOGIN IN ROLE pg_monitor; SET password_encryption = 'scram-sha-256'; CREATE ROLE worker LOGIN; GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO worker});

# Restarts with these settings, undef resets.
sub with
{
	my (%settings) = @_;
	foreach my $name (sort keys %settings)
	{
		my $value = $settings{$name};
		sql($node, !defined $value ? "ALTER SYSTEM RESET $name"
			: "ALTER SYSTEM SET $name = " . ($name =~ /libraries$/ ? join(', ', map { "'$_'" } split /,/, $value) : "'$value'"));
	}
	$node->restart;
	return;
}

# Whether the server takes this password
sub takes
{
	my ($password) = @_;
	my ($status) = try_sql($node, "ALTER ROLE worker PASSWORD '$password'");
	return $status == 0 ? 1 : 0;
}

sub judged
{
	my (%as) = @_;
	my $verdicts = verdicts($node, \@checks, %as);
	return [ @$verdicts{@checks} ];
}

my $nothing = 'fail: shared_preload_libraries';
my $weak = 'fail: passwordcheck' . ($major >= 18 ? '.min_password_length' : '');

is_deeply(judged(), [ $nothing, 'not_applicable', $nothing ], 'nothing loaded: the verdicts');
is(takes('worker'), 1, 'nothing loaded: the name of the role is a password');

# the name alone, with a folder, with its suffix
foreach my $library ('passwordcheck', '$libdir/passwordcheck', 'auth_delay,$libdir/passwordcheck.so')
{
	with(shared_preload_libraries => $library);
	is_deeply(judged(user => 'monitor'), [ 'pass', $weak, $nothing ], "$library: the verdicts");
	is(takes('worker'), 0, "$library: the name of the role is refused");
	is(takes('12345678a'), 1, "$library: 9 characters are not");
}
# one error in the list, and the server loads none of it
with(shared_preload_libraries => undef);
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'passwordcheck,'");
$node->restart;
is_deeply(judged(user => 'monitor'), [ $nothing, 'not_applicable', $nothing ], 'a comma too many: the verdicts');
is(takes('worker'), 1, 'a comma too many: nothing is refused');
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''\nauth_delay.milliseconds = 500");

# Loaded by each session, which is too late to make a failure wait; what every
# client can switch off is no rule at all.
with(shared_preload_libraries => undef, session_preload_libraries => 'auth_delay,passwordcheck');
is_deeply(judged(user => 'monitor'), [ 'pass', $weak, $nothing ], 'session_preload_libraries: the verdicts');
is(takes('worker'), 0, 'session_preload_libraries: the name of the role is refused');
sql($node, q{CREATE ROLE other SUPERUSER LOGIN; ALTER ROLE other SET session_preload_libraries = 'auth_delay'});
is(report($node, 'password_policy_missing', user => 'monitor')->[0]{detail}, 'passwordcheck: not loaded for ROLE other', 'a role without it');
is((try_sql($node, q{ALTER ROLE worker PASSWORD 'worker'}, user => 'other'))[0], 0, 'a role without it: may set any password');
sql($node, q{ALTER ROLE ALL SET session_preload_libraries = 'passwordcheck'; DROP ROLE other; ALTER SYSTEM RESET session_preload_libraries});
reload($node);
is(verdict($node, 'password_policy_missing', user => 'monitor'), 'pass', 'ALTER ROLE ALL: is as good');
is(takes('worker'), 0, 'ALTER ROLE ALL: the name of the role is refused');
is(verdict($node, 'password_policy_missing', user => 'worker'), 'unknown', 'a plain role cannot tell');
sql($node, 'ALTER ROLE ALL RESET session_preload_libraries');
with(shared_preload_libraries => 'auth_delay,$libdir/passwordcheck.so');
is(verdict($node, 'bruteforce_protection_missing', user => 'monitor'), 'pass', 'auth_delay: loaded at start it counts');
is(verdict($node, 'bruteforce_protection_missing', user => 'worker'), 'unknown', 'nor whether auth_delay was loaded by its session alone');

# loaded, but told to wait for nothing
$node->append_conf('postgresql.conf', 'auth_delay.milliseconds = 0');
reload($node);
is(report($node, 'bruteforce_protection_missing')->[0]{detail}, 'auth_delay.milliseconds is 0', 'auth_delay: does not wait');
sql($node, report($node, 'bruteforce_protection_missing')->[0]{fix});
reload($node);
is(value($node, 'SHOW auth_delay.milliseconds'), '500ms', 'auth_delay: the fix works');
is(verdict($node, 'bruteforce_protection_missing'), 'pass', 'auth_delay: and ends the finding');
# a session's own value of what is not loaded says nothing
is(verdict($node, 'password_policy_missing', options => '-c credcheck.password_min_length=20'), 'pass', 'made-up settings change nothing');
SKIP:
{
	skip 'passwordcheck has settings from 18 on', 5 if $major < 18;
	sql($node, report($node, 'password_policy_weak')->[0]{fix});
	reload($node);
	is(verdict($node, 'password_policy_weak'), 'pass', 'passwordcheck: the fix works');
	is(takes('12345678a'), 0, 'passwordcheck: 9 characters are refused now');
	sql($node, 'ALTER ROLE monitor SET passwordcheck.min_password_length = 3');
	is(verdict($node, 'password_policy_weak'), 'fail: ROLE monitor SET passwordcheck.min_password_length', 'passwordcheck: a role has less');
	sql($node, report($node, 'password_policy_weak')->[0]{fix});
	is(verdict($node, 'password_policy_weak'), 'pass', 'passwordcheck: and its fix works');
	is(verdict($node, 'password_policy_weak', user => 'monitor'), 'pass', 'passwordcheck: pg_monitor sees it');
}

SKIP:
{
	skip 'credcheck is not installed for this server (Debian: postgresql-N-credcheck)', 8 unless has_library('credcheck');
	with(shared_preload_libraries => 'credcheck', 'auth_delay.milliseconds' => undef,
		$major >= 18 ? ('passwordcheck.min_password_length' => undef) : ());
	my $verdicts = judged();
	is($verdicts->[0], 'pass', 'credcheck: something looks at passwords');
	like($verdicts->[1], qr/credcheck\.password_min_length/, 'credcheck: but asks for little');
	is($verdicts->[2], $nothing, 'credcheck: and lets everybody try');
	is(takes('short'), 1, 'credcheck: 5 characters pass');
	sql($node, $_->{fix}) foreach grep { $_->{status} eq 'fail' && ($_->{fix} // '') =~ /^ALTER SYSTEM/ } @{ report($node, \@checks) };
	$node->restart;
	is_deeply(judged(), [qw(pass pass pass)], 'credcheck: the fixes work');
	is(takes('short'), 0, 'credcheck: 5 characters are refused now');
	sql($node, q{ALTER SYSTEM SET credcheck.whitelist = 'worker'});
	reload($node);
	is(verdict($node, 'password_policy_weak'), 'fail: credcheck.whitelist', 'credcheck: somebody is exempt');
	is(takes('short'), 1, 'credcheck: and may have any password');
}
sql($node, 'ALTER SYSTEM RESET ALL');

SKIP:
{
	skip 'pg_tle is not installed for this server', 11 unless has_library('pg_tle');
	with(shared_preload_libraries => 'pg_tle');
	sql($node, <<'EOT');
CREATE EXTENSION pg_tle;
CREATE ROLE mallory IN ROLE pgtle_admin;
CREATE SCHEMA hooks AUTHORIZATION mallory;
CREATE FUNCTION hooks.passcheck(username text, password text, password_type pgtle.password_types, valid_until timestamptz, valid_null boolean) RETURNS void
    LANGUAGE plpgsql AS $$ BEGIN IF password = username THEN RAISE 'too easy'; END IF; END $$;
SELECT pgtle.register_feature('hooks.passcheck', 'passcheck');
EOT
	is(verdict($node, 'password_policy_missing'), $nothing, 'pg_tle: registered, but switched off');
	is(takes('worker'), 1, 'pg_tle: and so it lets everything pass');
	like(report($node, 'pg_tle_hooks_untrusted')->[0]{detail}, qr/lies in a schema of mallory$/, 'pg_tle: the schema is mallory\'s');
	sql($node, "ALTER SCHEMA hooks OWNER TO $superuser; ALTER FUNCTION hooks.passcheck OWNER TO mallory");
	like(report($node, 'pg_tle_hooks_untrusted')->[0]{detail}, qr/belongs to mallory$/, 'pg_tle: the function is');
	sql($node, "ALTER FUNCTION hooks.passcheck OWNER TO $superuser");
	sql($node, report($node, 'pg_tle_hooks_untrusted')->[0]{fix});
	is(verdict($node, 'pg_tle_hooks_untrusted'), 'pass', 'pg_tle: nobody else decides');
	configure($node, 'pgtle.enable_password_check' => 'on');
	is(verdict($node, 'password_policy_missing'), $nothing, 'pg_tle: another database is a way round it');
	configure($node, 'pgtle.enable_password_check' => 'require');
	is(verdict($node, 'password_policy_missing'), 'pass', 'pg_tle: required everywhere');
	is(takes('worker'), 0, 'pg_tle: and the name of the role is refused');
	# what is called is in another database
	configure($node, 'pgtle.passcheck_db_name' => 'elsewhere');
	is(verdict($node, 'pg_tle_hooks_untrusted'), 'unknown', 'pg_tle: the functions of another database');
	configure($node, 'pgtle.passcheck_db_name' => 'postgres');
	is(verdict($node, 'pg_tle_hooks_untrusted'), 'pass', 'pg_tle: those of this one');
	configure($node, 'pgtle.passcheck_db_name' => 'elsewhere', 'pgtle.enable_password_check' => 'off');
	is(verdict($node, 'pg_tle_hooks_untrusted'), 'pass', 'pg_tle: switched off');
	sql($node, 'DROP EXTENSION pg_tle CASCADE; DROP SCHEMA hooks CASCADE; ALTER SYSTEM RESET ALL');
}
$node->restart;

#
# What clients make of a password
#
sub guesses
{
	my (@candidates) = @_;
	my $array = join ',', map { (my $text = $_) =~ s/'/''/g; "'$text'" } @candidates;
	return { map { $_->{role} => $_->{guess_kind} // $_->{result} }
		  @{ rows($node, "SELECT role, result, guess_kind FROM rds_guard.weak_passwords(ARRAY[$array]::text[], 600)") } };
}

sql($node, 'CREATE ROLE by_client LOGIN; ALTER ROLE worker PASSWORD NULL');
SKIP:
{
	# psql asks a terminal, and without one its standard input
	skip 'no setsid', 2 unless -x '/usr/bin/setsid';
	my $password = "\xc2\xaa\xe2\x85\xa8 gel\xc3\xa4ufig";    # U+00AA and U+2168: by SASLprep "aIX"
	my ($out, $err);
	IPC::Run::run [ 'setsid', '-w', 'psql', '-Xq', '-d', connection_string($node), '-c', '\password by_client' ],
	  '<', \"$password\n$password\n", '>', \$out, '2>', \$err;
	is(value($node, q{SELECT rolpassword LIKE 'SCRAM-SHA-256$%' OR rolpassword LIKE 'md5%' FROM pg_authid WHERE rolname = 'by_client'}),
		1, '\password sets what psql hashed');
	sql($node, q{ALTER ROLE by_client PASSWORD NULL}) if $major < 14;
	skip 'the server asks for md5', 1 if $major < 14;
	is_deeply(guesses("aIX gela\xcc\x88ufig"), { by_client => 'candidate' }, 'and it is guessed, prepared by SASLprep');
}
sql($node, 'DROP ROLE by_client');

#
# No log has a guess or a verifier, at the lowest level.
#
sql($node, q{SET password_encryption = 'scram-sha-256'; CREATE ROLE trustno1 LOGIN PASSWORD 'trustno1'; CREATE ROLE plain LOGIN PASSWORD 'baseball'});
sql($node, q{SET password_encryption = 'md5'; CREATE ROLE old LOGIN PASSWORD 'starwars'});
my $verifiers = rows($node, 'SELECT rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL');
my $before = log_size($node);
sql($node, q{SELECT count(*) FROM rds_guard.weak_passwords(); SELECT count(*) FROM rds_guard.report('{weak_password_offline}')},
	options => '-c log_min_messages=debug5 -c client_min_messages=debug5 -c log_statement=all -c debug_print_plan=on -c log_error_verbosity=verbose');
my $log = log_since($node, $before);
cmp_ok(length $log, '>', 1000, 'the log is as talkative as can be');
unlike($log, qr/baseball|starwars|trustno1(?!_)|letmein|123456789a/i, 'and has no guess');
is_deeply([ grep { index($log, substr($_->{rolpassword}, -20)) >= 0 } @$verifiers ], [], 'nor a verifier');

#
# The budget, statement_timeout and a cancel
#
sql($node, <<'EOT');
SET password_encryption = 'scram-sha-256';
DO $do$ BEGIN FOR i IN 1 .. 5 LOOP EXECUTE format('CREATE ROLE slow%s LOGIN PASSWORD %L', i, 'nobody knows ' || i); END LOOP; END $do$;
SET allow_system_table_mods = on;
-- a good part of a second for each guess
UPDATE pg_authid SET rolpassword = replace(rolpassword, '$4096:', '$250000:') WHERE rolname LIKE 'slow%';
EOT
my $start = time;
is(value($node, q{SELECT string_agg(DISTINCT result, ', ') FROM rds_guard.weak_passwords(seconds => 2) WHERE role LIKE 'slow%'}),
	'out of time', 'the budget is used up');
cmp_ok(time - $start, '<', 4, 'and kept');
is_deeply([ map { [ $_->{status}, $_->{object} ] } grep { $_->{status} eq 'unknown' } @{ report($node, 'weak_password_offline') } ],
	[ [ 'unknown', undef ] ], 'the check says that it does not know');

my $session = session($node);
$session->query("\\set VERBOSITY sqlstate\nSELECT");
foreach my $how ('statement_timeout', 'pg_cancel_backend')
{
	my $pid = $session->query('SELECT pg_backend_pid()');
	$session->query(q{SET statement_timeout = '300ms'}) if $how eq 'statement_timeout';
	$session->send('SELECT count(*) FROM rds_guard.weak_passwords(seconds => 600)');
	if ($how eq 'pg_cancel_backend')
	{
		$node->poll_query_until('postgres', "SELECT state = 'active' AND query ~ 'weak_passwords' FROM pg_stat_activity WHERE pid = $pid") or die;
		sql($node, "SELECT pg_cancel_backend($pid)");
	}
	$start = time;
	my (undef, $err) = $session->answer;
	like($err, qr/\A\S+ ERROR:  57014\z/, "$how ends the guessing");
	cmp_ok(time - $start, '<', 1.5, "$how: soon");
	$session->query('RESET statement_timeout');
}
is($session->query('SELECT count(*) FROM rds_guard.likely_passwords(1, 1)'), 8, 'the session works on');
$session->quit;

#
# Without the library
#
sql($node, 'CREATE DATABASE plain');
install_plain($node, dbname => 'plain');
my ($status, $out, $err) = try_sql($node, 'SELECT * FROM rds_guard.weak_passwords()', dbname => 'plain');
like($err, qr/passwords can be tested only with the library of rds_guard\n.*HINT:  Install the extension/s, 'edition sql says what to do instead');
is(verdict($node, 'weak_password_offline', dbname => 'plain'), 'not_applicable', 'edition sql: the check is not applicable');
sql($node, <<'EOT');
DO $do$ BEGIN EXECUTE (SELECT format('ALTER ROLE worker PASSWORD %L', rolpassword) FROM pg_authid WHERE rolname = 'plain'); END $do$
EOT
foreach my $edition (qw(postgres plain))
{
	is(verdict($node, 'duplicate_password_hash', dbname => $edition), 'fail: worker', "database $edition: the copy is seen");
}
# the server wraps the number of iterations, and so does whoever compares
sql($node, q{SET allow_system_table_mods = on; UPDATE pg_authid SET rolpassword = replace(rolpassword, '$4096:', '$4294971392:') WHERE rolname = 'worker'});
set_hba($node, "local all $superuser trust\nlocal all all scram-sha-256");
is((try_sql($node, 'SELECT', user => 'worker', password => 'baseball'))[0], 0, '2^32 + 4096 iterations: the role logs in');
is(verdict($node, 'duplicate_password_hash', dbname => $_), 'fail: worker', "database $_: and is seen to be a copy") foreach qw(postgres plain);
set_hba($node, 'local all all trust');
is(sql($node, 'TABLE rds_guard.checks', dbname => 'plain') ne '', 1, 'edition sql: whole');

#
# Who can become a superuser: that password opens as much
#
sql($node, <<'EOT');
SET password_encryption = 'scram-sha-256';
CREATE ROLE boss SUPERUSER;
CREATE ROLE hop1 NOINHERIT IN ROLE boss;
CREATE ROLE hop2 LOGIN NOINHERIT PASSWORD 'of hop2' IN ROLE hop1;
CREATE ROLE direct LOGIN PASSWORD 'of direct' IN ROLE boss;
CREATE ROLE granter LOGIN NOINHERIT PASSWORD 'of granter';
GRANT boss TO granter WITH ADMIN OPTION;
CREATE ROLE expired LOGIN PASSWORD 'of expired' VALID UNTIL '2001-01-01' IN ROLE boss;
CREATE ROLE leaver NOLOGIN PASSWORD 'of leaver' IN ROLE boss;
EOT
# 16 and later: a member that may neither use nor take on the role
sql($node, q{SET password_encryption = 'scram-sha-256'; CREATE ROLE harmless LOGIN PASSWORD 'of harmless'}
	  . ($major >= 16 ? '; GRANT boss TO harmless WITH INHERIT FALSE, SET FALSE' : ''));
my @mighty = qw(direct granter hop2);
my $lines = "local all $superuser,plain trust\nlocal all all ";
set_hba($node, "${lines}scram-sha-256");
is(sql($node, 'SET ROLE boss; SHOW is_superuser', user => $_, password => "of $_"), 'on', "$_ logs in by its password and becomes a superuser") foreach @mighty;
isnt((try_sql($node, 'SET ROLE boss', user => 'harmless', password => 'of harmless'))[0], 0, 'harmless does not');
foreach my $edition (qw(postgres plain))
{
	my @there = (dbname => $edition);
	is(verdict($node, 'superuser_password_auth', @there), 'fail: ' . join(' | ', @mighty), "database $edition: the passwords of who can become a superuser");
	like(report($node, 'superuser_password_auth', @there)->[0]{detail}, qr/^direct, which is or can become an administrator, has a scram-sha-256 password, and pg_hba\.conf asks for it on this machine only: line 2 /,
		"database $edition: and what they are");
	is_deeply([ map { $_->{fix} } @{ report($node, 'superuser_password_auth', @there) } ], [ (undef) x 3 ], "database $edition: it is their only way in");
}
sql($node, q{ALTER ROLE direct PASSWORD NULL; REVOKE boss FROM granter; ALTER ROLE hop1 NOINHERIT; REVOKE hop1 FROM hop2});
is(verdict($node, 'superuser_password_auth', dbname => $_), 'pass', "database $_: no such password is left") foreach qw(postgres plain);
sql($node, q{GRANT hop1 TO hop2; ALTER ROLE boss LOGIN});
set_hba($node, "${lines}trust");
foreach my $edition (qw(postgres plain))
{
	is_deeply([ grep { /^(boss|direct|expired|granter|harmless|hop2|leaver)$/ } map { $_->{object} } @{ report($node, 'login_without_password', dbname => $edition) } ],
		[qw(boss direct expired hop2)], "database $edition: trust lets in who can become a superuser, whatever password it has");
}
set_hba($node, 'local all all trust');

$node->stop;
done_testing();
