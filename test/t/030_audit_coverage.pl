# What audit_coverage() says is compared with the log: for each state of server,
# databases and roles, roles run one statement of each kind in each database,
# with the real pgaudit, and what the server then wrote decides.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

plan skip_all => 'pgaudit is not installed for this server (Debian: postgresql-N-pgaudit)'
  unless has_pgaudit();

my $node = server('coverage');
my $major = major($node);
my @pairs = ([qw(worker app)], [qw(second app)], [qw(worker other)], [qw(boss app)]);
sql($node, <<'END');
CREATE DATABASE app;
CREATE DATABASE other;
CREATE ROLE worker LOGIN;
CREATE ROLE second LOGIN;
CREATE ROLE boss LOGIN SUPERUSER;
CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
CREATE ROLE group_of_workers;
GRANT group_of_workers TO worker;
CREATE ROLE auditor;
CREATE ROLE auditors;
GRANT auditors TO auditor;
END
sql($node, <<'END', dbname => $_) foreach qw(app other);
CREATE EXTENSION rds_guard;
CREATE SCHEMA app;
CREATE TABLE app.data (number integer, word text);
GRANT USAGE ON SCHEMA app TO PUBLIC;
GRANT SELECT, INSERT ON app.data TO worker, second;
END

# One statement of each class that pgaudit knows; the superuser's session is as
# anybody's.
my @statements = (
	'SELECT count(*) FROM app.data',
	'INSERT INTO app.data (number) VALUES (1)',
	'CREATE TEMP TABLE made ()',
	'GRANT SELECT ON made TO PUBLIC',
	'DROP TABLE made',
	'DO $$ BEGIN END $$',
	'DISCARD PLANS',
	q{SET work_mem = '2MB'});

# What the log has of a session of this role in this database, in the words of
# audit_coverage().
sub observed
{
	my ($role, $database) = @_;
	my $before = log_size($node);
	my ($pid) = split /\n/, sql($node, join(";\n", 'SELECT pg_backend_pid()', @statements) . ';', user => $role, dbname => $database);
	wait_for_end($pid);
	my $log = log_since($node, $before);
	my %has = (
		read => qr/AUDIT: SESSION,\d+,\d+,READ,SELECT,/,
		write => qr/AUDIT: SESSION,\d+,\d+,WRITE,INSERT,/,
		ddl => qr/AUDIT: SESSION,\d+,\d+,DDL,CREATE TABLE,/,
		role => qr/AUDIT: SESSION,\d+,\d+,ROLE,GRANT,/,
		function => qr/AUDIT: SESSION,\d+,\d+,FUNCTION,DO,/,
		misc => qr/AUDIT: SESSION,\d+,\d+,MISC,DISCARD PLANS,/,
		misc_set => qr/AUDIT: SESSION,\d+,\d+,MISC,SET,/);
	return {
		pgaudit_classes => [ grep { $log =~ $has{$_} } sort keys %has ],
		objects => $log =~ /AUDIT: OBJECT,\d+,\d+,READ,SELECT,TABLE,app\.data/ ? 1 : 0,
		ddl_objects => $log =~ /,DDL,CREATE TABLE,TABLE,pg_temp\S*made,/ && $log =~ /,DDL,DROP TABLE,TABLE,pg_temp\S*made,/ ? 'yes' : 'no',
		statements => $log =~ /LOG:  statement: SELECT/ ? 'all' : $log =~ /LOG:  statement: INSERT/ ? 'mod' : $log =~ /LOG:  statement: CREATE/ ? 'ddl' : 'none',
		connections => [
			# trust gives no identity before 17
			$log =~ /connection authenticated: .*"$role"/ && $major >= 18 ? 'authentication' : (),
			$log =~ /connection authorized: user=$role / ? 'authorization' : (),
			$log =~ /connection received/ ? 'receipt' : (),
			$log =~ /connection ready: / ? 'setup_durations' : ()
		],
		disconnections => $log =~ /disconnection: session time: .* user=$role / ? 1 : 0
	};
}

# What audit_coverage() says of it.
sub claimed
{
	my ($role, $database, %as) = @_;
	my ($row) = @{ rows($node, "SELECT * FROM rds_guard.audit_coverage('$database', '$role')", dbname => $database, %as) };
	my $objects = value($node, "SELECT count(*) FROM rds_guard.audited_objects() AS o WHERE o.role = " . ($row->{object_role} ? "'$row->{object_role}'" : 'NULL')
		  . q{ AND o.object = 'app.data' AND 'SELECT' = ANY (o.privileges)}, dbname => $database, %as);
	return {
		(map { $_ => $row->{$_} } qw(pgaudit_classes ddl_objects statements disconnections)),
		objects => $objects > 0 ? 1 : 0,
		connections => [ grep { $_ ne 'authentication' || $major >= 18 } @{ $row->{connections} } ]
	};
}

my $states = 0;

# agrees(NAME, SQL): in this state, for all pairs; all overrides and what was
# configured are taken back afterwards.
sub agrees
{
	my ($name, $sql) = @_;
	$states++;
	sql($node, $sql) if $sql;
	reload($node);
	my (%claimed, %observed);
	foreach my $pair (@pairs)
	{
		$claimed{"@$pair"} = claimed(@$pair);
		$observed{"@$pair"} = observed(@$pair);
	}
	is_deeply(\%claimed, \%observed, $name) or diag(explain(\%claimed, \%observed));
	return \%claimed;
}

sub undo
{
	sql($node, join "\n",
		'ALTER SYSTEM RESET ALL;',
		(map { "ALTER ROLE $_ RESET ALL;" } 'worker', 'second', 'boss', 'monitor', 'group_of_workers', 'ALL', qq{"$superuser"}),
		(map { "ALTER DATABASE $_ RESET ALL;" } 'app', 'other'),
		'ALTER ROLE worker IN DATABASE app RESET ALL;');
	return;
}

# state(NAME, SQL, ...): agrees(), undone
sub state
{
	my ($name, $sql) = @_;
	my $claimed = agrees($name, $sql);
	undo();
	return $claimed;
}

#
# Without the library: whatever sessions, databases and roles say
#
state('a server as initdb makes it', '');
my $pretended = state('placeholders for the database, the role and the server',
	q{ALTER DATABASE app SET pgaudit.log = 'all'; ALTER ROLE worker SET pgaudit.log = 'all'; ALTER ROLE boss SET pgaudit.role = 'auditor'});
is_deeply($pretended->{'worker app'}{pgaudit_classes}, [], 'they record nothing');
is(sql($node, q{SET pgaudit.log = 'all'; SELECT DISTINCT pgaudit_classes FROM rds_guard.audit_coverage()}, dbname => 'app'), '{}',
	'nor does what the session of the reporter made up');

# stored while nobody looked at them
sql($node, <<'END');
ALTER ROLE worker SET pgaudit.log = 'reading';
ALTER ROLE second SET pgaudit.log_client = 'perhaps';
ALTER DATABASE app SET pgaudit.log = 'read, write';
ALTER DATABASE app SET pgaudit.log_level = 'loud';
END

#
# With it
#
# not by ALTER SYSTEM, which the states take back
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pgaudit'");
$node->restart;
sql($node, 'GRANT SELECT ON app.data TO auditor; CREATE EXTENSION pgaudit', dbname => 'app');

state('values that pgaudit refuses do not count, those of the database do', '');
is_deeply(rows($node, 'SELECT * FROM rds_guard.setting_overrides()', dbname => 'app'), [], 'nothing is left of them');

state("pgaudit.log = $_", "ALTER SYSTEM SET pgaudit.log = $_")
  foreach q{'all'}, q{'read'}, q{'WRITE, Role'}, q{'ddl, function'}, q{'misc'}, q{'misc_set'}, q{'all, -misc'}, q{'misc, -misc_set'}, q{'"READ",ddl'}, q{'all,-all'}, q{''};

state("log_statement = $_", "ALTER SYSTEM SET log_statement = '$_'") foreach qw(ddl mod all);

# Each scope, alone and against the others
my @scopes = ('ROLE ALL', 'DATABASE app', 'ROLE worker', 'ROLE worker IN DATABASE app');
foreach my $scope (@scopes)
{
	state("records more for $scope", "ALTER SYSTEM SET pgaudit.log = 'role'; ALTER $scope SET pgaudit.log = 'read, ddl'; ALTER $scope SET log_statement = 'mod'");
	state("records nothing for $scope", "ALTER SYSTEM SET pgaudit.log = 'all'; ALTER SYSTEM SET log_statement = 'all'; ALTER $scope SET pgaudit.log = 'none'; ALTER $scope SET log_statement = 'none'");
	state("log_min_messages = fatal for $scope", "ALTER SYSTEM SET pgaudit.log = 'all'; ALTER SYSTEM SET log_disconnections = on; ALTER SYSTEM SET log_connections = on; ALTER $scope SET log_min_messages = 'fatal'");
}
state('all four at once', join ';', q{ALTER SYSTEM SET pgaudit.log = 'misc'},
	map { "ALTER $scopes[$_] SET pgaudit.log = '" . (qw(read write ddl role))[$_] . q{'} } 0 .. 3);
state('a group hands no settings on', q{ALTER SYSTEM SET pgaudit.log = 'all'; ALTER ROLE group_of_workers SET pgaudit.log = 'none'});

#
# What swallows records
#
my $all = q{ALTER SYSTEM SET pgaudit.log = 'all'; ALTER SYSTEM SET log_statement = 'all'; ALTER SYSTEM SET log_disconnections = on; ALTER SYSTEM SET log_connections = }
  . ($major < 18 ? 'on' : q{'all'});
state('all of it', $all);
state("log_min_messages = $_", "$all; ALTER SYSTEM SET log_min_messages = $_") foreach qw(error log fatal panic);
state('the server swallows, the role does not', "$all; ALTER SYSTEM SET log_min_messages = 'fatal'; ALTER ROLE worker SET log_min_messages = 'warning'");
state('nothing goes to the log', "$all; ALTER SYSTEM SET log_destination = ''");
state('without a collector csvlog goes to stderr', "$all; ALTER SYSTEM SET log_destination = 'csvlog'");
state("log_min_messages = '$_'", "$all; ALTER SYSTEM SET log_min_messages = '$_'")
  foreach $major >= 19 ? ('warning, backend:fatal', 'fatal, backend:warning', 'panic, walsender:warning', 'warning, checkpointer:panic') : ();
state('a list for a role', "$all; ALTER ROLE worker SET log_min_messages = 'warning, backend:panic'") if $major >= 19;

foreach my $case ([ notice => 'warning' ], [ notice => 'notice' ], [ warning => 'warning' ], [ info => 'notice' ], [ debug => 'debug1' ], [ debug => 'debug2' ], [ log => 'error' ],
	[ warning => 'log' ], [ warning => 'error' ])
{
	my ($level, $threshold) = @$case;
	state("audit records of level $level to clients, log_min_messages = $threshold",
		"$all; ALTER SYSTEM SET pgaudit.log_client = on; ALTER SYSTEM SET pgaudit.log_level = '$level'; ALTER SYSTEM SET log_min_messages = '$threshold'");
}
state('pgaudit.log_level alone changes nothing', "$all; ALTER SYSTEM SET pgaudit.log_level = 'debug5'");
state('for one role in one database', "$all; ALTER SYSTEM SET pgaudit.log_level = 'info'; ALTER ROLE worker IN DATABASE app SET pgaudit.log_client = on");

#
# The event triggers, which only this database has
#
foreach my $case (
	[ 'the end of DDL is not watched', 'ALTER EVENT TRIGGER pgaudit_ddl_command_end DISABLE' ],
	[ 'nor what is dropped', 'ALTER EVENT TRIGGER pgaudit_sql_drop DISABLE' ],
	[ 'only in replica sessions', 'ALTER EVENT TRIGGER pgaudit_ddl_command_end ENABLE REPLICA' ],
	[ 'always', 'ALTER EVENT TRIGGER pgaudit_ddl_command_end ENABLE ALWAYS; ALTER EVENT TRIGGER pgaudit_sql_drop ENABLE ALWAYS' ],
	[ 'under another name', 'ALTER EVENT TRIGGER pgaudit_sql_drop RENAME TO watch', 'ALTER EVENT TRIGGER watch RENAME TO pgaudit_sql_drop' ])
{
	my ($name, $sql, $undo) = @$case;
	sql($node, $sql, dbname => 'app');
	state("event triggers: $name", "$all; ALTER ROLE second SET session_replication_role = 'replica'");
	sql($node, $undo // 'ALTER EVENT TRIGGER pgaudit_ddl_command_end ENABLE; ALTER EVENT TRIGGER pgaudit_sql_drop ENABLE', dbname => 'app');
}
if ($major >= 17)
{
	state('event_triggers = off', "$all; ALTER SYSTEM SET event_triggers = off");
	state('event_triggers = off for a role', "$all; ALTER ROLE worker SET event_triggers = off");
}

#
# Object auditing
#
my $role = q{ALTER SYSTEM SET pgaudit.role = 'auditor'};
state('object auditing, and nothing else', $role);
state('beside session auditing', "$role; ALTER SYSTEM SET pgaudit.log = 'read, ddl'");
state('for one role', q{ALTER ROLE worker SET pgaudit.role = 'auditor'});
state('not for one database', "$role; ALTER DATABASE app SET pgaudit.role = ''");
state('by a role that is not there', q{ALTER SYSTEM SET pgaudit.role = 'Auditor'});
state('swallowed', "$role; ALTER ROLE second SET log_min_messages = 'panic'");
foreach my $case (
	[ 'granted to a role that it belongs to', 'GRANT SELECT ON app.data TO auditors' ],
	[ 'granted on a column', 'GRANT SELECT (word) ON app.data TO auditor; GRANT SELECT (number) ON app.data TO auditors' ],
	[ 'granted to PUBLIC', 'GRANT SELECT ON app.data TO PUBLIC' ],
	[ 'granted for INSERT only', 'GRANT INSERT ON app.data TO auditor' ],
	[ 'not granted', 'SELECT' ])
{
	my ($name, $sql) = @$case;
	sql($node, "REVOKE ALL ON app.data FROM auditor; $sql", dbname => 'app');
	state("object auditing: $name", $role);
	sql($node, 'REVOKE ALL ON app.data FROM auditor, auditors, PUBLIC; GRANT SELECT ON app.data TO auditor', dbname => 'app');
}

#
# What is written, but about something else
#
state("$_ changes nothing", "$all; $role; ALTER SYSTEM SET $_")
  foreach 'pgaudit.log_catalog = off', 'pgaudit.log_statement_once = on', 'pgaudit.log_relation = on', 'pgaudit.log_parameter = on',
  $major >= 15 ? ('pgaudit.log_rows = on', 'pgaudit.log_statement = off') : ();

#
# The reporter's own values do not leak in
#
agrees('the reporter has other values', qq{$all; ALTER ROLE "$superuser" SET pgaudit.log = 'none'; ALTER ROLE "$superuser" SET log_statement = 'none'; ALTER ROLE monitor SET pgaudit.log = 'none'});
my %others = (user => 'monitor', dbname => 'app');
my ($status, undef, $err) = try_sql($node, '\set VERBOSITY verbose' . "\nSELECT * FROM rds_guard.audit_coverage()", %others);
like($err, qr/ERROR:  42501: this session's own value of "pgaudit.log" \(user\) hides the server's/, 'a monitor that has such a value is told so');
sql($node, 'ALTER ROLE monitor RESET ALL');
is_deeply(claimed(qw(worker app), user => 'monitor'), claimed(qw(worker app)), 'without it a monitor sees the same');
is_deeply(claimed(qw(worker app), user => 'second'), claimed(qw(worker app)), 'and so does a role without any grant');
undo();

#
# Who can switch it off, by doing it
#
sql($node, 'CREATE ROLE climber LOGIN; GRANT boss TO climber; GRANT SELECT, INSERT ON app.data TO climber', dbname => 'app');
sql($node, $all);
sql($node, 'GRANT SET ON PARAMETER pgaudit.log, log_disconnections TO group_of_workers; GRANT ALTER SYSTEM ON PARAMETER log_min_messages TO second') if $major >= 15;
reload($node);
my $weakened = { map { $_->{role} => $_->{can_weaken} } @{ rows($node, q{SELECT role, can_weaken FROM rds_guard.audit_coverage('app')}, dbname => 'app') } };
is_deeply($weakened,
	{
		$superuser => ['superuser'],
		boss => ['superuser'],
		climber => ['SET ROLE to a superuser'],
		monitor => [],
		worker => $major >= 15 ? [ 'SET on log_disconnections', 'SET on pgaudit.log' ] : [],
		second => $major >= 15 ? ['ALTER SYSTEM on log_min_messages'] : []
	},
	'who can switch recording off');

# recorded_after(SQL, ROLE, OPTIONS): whether a read and the end of a session are
# recorded, and what the server said
sub recorded_after
{
	my ($sql, $who, %with) = @_;
	my $before = log_size($node);
	my (undef, $pid, $said) = try_sql($node, "SELECT pg_backend_pid();\n$sql;\nSELECT count(*) FROM app.data;", user => $who, dbname => 'app', %with);
	wait_for_end($pid =~ /^(\d+)/);
	my $log = log_since($node, $before);
	return [ $log =~ /READ,SELECT,.*app\.data/ ? 1 : 0, $log =~ /disconnection: / ? 1 : 0, $said =~ /permission denied/ ? 'denied' : 'done' ];
}
is_deeply(recorded_after(q{SET pgaudit.log = 'none'}, 'boss'), [ 0, 1, 'done' ], 'a superuser does');
is_deeply(recorded_after(q{SET ROLE boss; SET pgaudit.log = 'none'}, 'climber'), [ 0, 1, 'done' ], 'who becomes one does');
is_deeply(recorded_after(q{SET pgaudit.log = 'none'}, 'climber')->[2], 'denied', 'but not before that');
is_deeply(recorded_after(q{SET pgaudit.log = 'none'}, 'monitor')->[2], 'denied', 'a role without any grant cannot');
is_deeply(recorded_after('SELECT', 'boss', options => '-c log_disconnections=off'), [ 1, 0, 'done' ], 'a superuser may when connecting');
if ($major >= 15)
{
	is_deeply(recorded_after(q{SET pgaudit.log = 'none'}, 'worker'), [ 0, 1, 'done' ], 'who may SET it does');
	is_deeply(recorded_after('SELECT', 'worker', options => '-c log_disconnections=off'), [ 1, 0, 'done' ], 'and when connecting');
	is_deeply(recorded_after(q{SET log_statement = 'none'}, 'worker')->[2], 'denied', 'not something else');
	sql($node, q{ALTER SYSTEM SET log_min_messages = 'panic'}, user => 'second');
	reload($node);
	is_deeply(recorded_after('SELECT', 'worker'), [ 0, 0, 'done' ], 'ALTER SYSTEM switches it off for everybody');
	undo();
	if ($major >= 17)
	{
		$node->append_conf('postgresql.conf', 'allow_alter_system = off');
		reload($node);
		is(sql($node, q{SELECT can_weaken FROM rds_guard.audit_coverage('app', 'second')}, dbname => 'app'), '{}', 'unless that is forbidden');
		is_deeply([ try_sql($node, q{ALTER SYSTEM SET log_min_messages = 'warning'}, user => 'second') ]->[0], 3, 'and it is');
		$node->append_conf('postgresql.conf', 'allow_alter_system = on');
		reload($node);
	}
}

# What a role cannot have for itself
foreach my $setting (qw(log_connections log_disconnections log_destination))
{
	my (undef, undef, $said) = try_sql($node, "ALTER ROLE worker SET $setting = DEFAULT; ALTER ROLE worker SET $setting = " . ($setting eq 'log_destination' ? q{'stderr'} : 'off'));
	like($said, qr/cannot be (set after connection start|changed now)/, "no role has a $setting of its own");
}
foreach my $call (q{audit_coverage('nowhere')}, q{audit_coverage(NULL, 'nobody')})
{
	(undef, undef, $err) = try_sql($node, '\set VERBOSITY verbose' . "\nSELECT * FROM rds_guard.$call", dbname => 'app');
	like($err, qr/ERROR:  (3D000: database nowhere|42704: role nobody) does not exist/, $call);
}

#
# Beside other libraries, in a list with quotes and blanks
#
undo();
my @libraries = grep { has_library($_) } qw(auto_explain pg_stat_statements set_user pg_cron);
my $cron = grep { $_ eq 'pg_cron' } @libraries;
$node->append_conf('postgresql.conf', qq{shared_preload_libraries = ' } . join(' , ', map { qq{"$_"} } @libraries) . q{,"$libdir/pgaudit" '});
$node->append_conf('postgresql.conf', "cron.database_name = 'app'\ncron.host = '" . $node->host . "'\nmax_worker_processes = 20") if $cron;
$node->restart;
state("beside @libraries", "$all; $role; ALTER ROLE second SET pgaudit.log = 'write'");
state('beside them, for one role', q{ALTER ROLE worker SET pgaudit.log = 'read, function'; ALTER ROLE boss SET log_min_messages = fatal});

# Jobs of pg_cron are sessions like others, whether it connects or starts workers.
SKIP:
{
	skip 'pg_cron 1.5 or later is not installed for this server (Debian: postgresql-N-cron)', 2
	  unless $cron && value($node, q{SELECT substring(default_version FROM '^[0-9.]+')::numeric >= 1.5 FROM pg_available_extensions WHERE name = 'pg_cron'});
	sql($node, 'CREATE EXTENSION pg_cron; GRANT USAGE ON SCHEMA cron TO worker, second', dbname => 'app');
	foreach my $workers ('off', 'on')
	{
		$node->append_conf('postgresql.conf', "cron.use_background_workers = $workers");
		sql($node, $all . q{; ALTER ROLE second SET pgaudit.log = 'write'});
		$node->restart;
		my %claims = map { $_ => scalar(grep { $_ eq 'read' } @{ claimed($_, 'app')->{pgaudit_classes} }) } qw(worker second);
		my $before = log_size($node);
		foreach my $owner (qw(worker second))
		{
			sql($node, "SELECT cron.schedule('job of $owner', '1 second', 'SELECT count(*) /* of $owner */ FROM app.data')", user => $owner, dbname => 'app');
		}
		sql($node, q{UPDATE cron.job SET nodename = ''}, dbname => 'app');
		$node->poll_query_until('app', q{SELECT count(DISTINCT username) = 2 FROM cron.job_run_details WHERE status = 'succeeded'}) or die;
		my $log = log_since($node, $before);
		# workers have no user in log_line_prefix
		is_deeply({ map { $_ => $log =~ m{AUDIT: SESSION,\d+,\d+,READ,SELECT,,,"?SELECT count\(\*\) /\* of $_} ? 1 : 0 } qw(worker second) },
			\%claims, "jobs of pg_cron with background workers $workers");
		sql($node, 'SELECT cron.unschedule(jobid) FROM cron.job; TRUNCATE cron.job_run_details', dbname => 'app');
		undo();
	}
}

note("$states states, " . $states * @pairs . ' sessions');
cmp_ok($states, '>=', 40, 'enough states');

$node->stop;
done_testing();
