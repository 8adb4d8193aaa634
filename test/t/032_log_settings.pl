# Where the log goes, what its lines say, and what they say too much: the checks
# of category audit_logging that are about the log itself, beside what is in the
# log of the real server.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

my $node = server('log_settings');
my $major = major($node);
my @roles = ($superuser, 'monitor');
sql($node, <<'END');
CREATE EXTENSION rds_guard;
CREATE DATABASE app;
CREATE DATABASE plain;
CREATE ROLE worker LOGIN;
CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
CREATE ROLE owner LOGIN;
GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO owner;
END
install_plain($node, dbname => 'plain');

# as [status, severity, object, fix] of each finding, but those that say nothing
sub said
{
	my ($check, %as) = @_;
	return [ map { [ @$_{qw(status severity object fix)} ] } grep { $_->{status} =~ /fail|unknown|error/ } @{ report($node, $check, %as) } ];
}

# What the server logs of statements, which may fail.
sub logged
{
	my ($statements, %as) = @_;
	my $before = log_size($node);
	try_sql($node, $statements, %as);
	return log_since($node, $before);
}

# server_setting(CHECK, NAME, BAD, FINDING, GOOD): fails with the bad value, for a
# monitor, too; the fix mends it, and so does each of the good values
sub judges
{
	my ($check, $name, $bad, $finding, @good) = @_;
	configure($node, $name => $bad);
	is_deeply(said($check, user => $_), [$finding], "$check: $name = $bad, as $_") foreach @roles;
	sql($node, $finding->[3]);
	reload($node);
	is_deeply(said($check), [], "$check: $name: the fix works");
	foreach my $value (@good)
	{
		configure($node, $name => $value);
		is_deeply(said($check), [], "$check: $name = $value is good");
	}
	configure($node, $name => undef);
	return;
}

sub fix
{
	my ($name, $value) = @_;
	return "ALTER SYSTEM SET $name = '$value'; SELECT pg_reload_conf();";
}

#
# log_destination
#
my $check = 'log_destination_missing';
is_deeply(said($check), [], "$check: a file");
like(logged(q{SELECT 1/0}), qr/division by zero/, 'and it has what happens');
judges($check, 'log_destination', '', [ 'fail', 'high', 'log_destination', fix('log_destination', 'stderr') ], 'csvlog', 'syslog', 'Stderr, SYSLOG');
configure($node, log_destination => '');
is(logged(q{SELECT 1/0}), '', 'with an empty log_destination the log has nothing');
configure($node, log_destination => undef);
# who may not see: 42501 with the GRANT, and without the library nobody can
is_deeply(said($check, user => 'owner'), [ [ 'unknown', 'high', 'logging_collector', 'GRANT pg_read_all_settings TO owner;' ] ], "$check: who may not look at the standard error");
is_deeply(said($check, dbname => 'plain'), [ [ 'unknown', 'high', 'logging_collector', undef ] ], "$check: nor may anybody without the library");
is(value($node, 'SELECT rds_guard.log_output()'), 'file', 'log_output(): pg_ctl -l');

my @server = ('pg_ctl', '-s', '-w', '-D', $node->data_dir);
sub started
{
	my ($how) = @_;
	$node->stop;
	system("pg_ctl -s -w -D '" . $node->data_dir . "' start $how") == 0 or die "cannot start with $how";
	return;
}

sub restarted
{
	system_or_bail(@server, '-m', 'fast', 'stop');
	$node->start;
	return;
}
started('>/dev/null 2>&1');
is(value($node, 'SELECT rds_guard.log_output()'), 'null', 'log_output(): /dev/null');
is_deeply(said($check), [ [ 'fail', 'high', 'logging_collector', q{ALTER SYSTEM SET logging_collector = 'on'; -- then restart the server} ] ], "$check: /dev/null");
is_deeply([ map { $_->{detail} } @{ report($node, $check, user => 'monitor') } ], ['logging_collector is off, and the standard error of the server is /dev/null'], "$check: for a monitor, too");
configure($node, log_destination => 'syslog');
is_deeply(said($check), [], "$check: syslog goes elsewhere");
configure($node, log_destination => 'jsonlog') if $major >= 15;
configure($node, log_destination => 'csvlog') if $major < 15;
is_deeply([ map { $_->[2] } @{ said($check) } ], ['logging_collector'], "$check: files of the collector do not come without it");
sql($node, q{ALTER SYSTEM RESET log_destination; ALTER SYSTEM SET logging_collector = on});
system_or_bail(@server, '-m', 'fast', 'stop');
system("pg_ctl -s -w -D '" . $node->data_dir . "' start >/dev/null 2>&1") == 0 or die;
is_deeply(said($check), [], "$check: the fix works");
is_deeply(said($check, dbname => 'plain'), [], "$check: which is seen without the library");
is(value($node, 'SELECT rds_guard.log_output()'), 'pipe', 'log_output(): the collector');

# The collector's files
$check = 'log_file_exposure';
is_deeply(said($check), [ [ 'fail', 'info', 'log_directory', undef ] ], "$check: in the data directory, as initdb has it");
is_deeply(said($check, user => 'owner'), [ [ 'unknown', 'low', undef, 'GRANT pg_read_all_settings TO owner;' ] ], "$check: who may not see where");
my $folder = PostgreSQL::Test::Utils::tempdir();
configure($node, log_directory => "$folder");
judges($check, 'log_file_mode', '0644', [ 'fail', 'low', 'log_file_mode', fix('log_file_mode', '0600') ], '0640', '0600', '0400');
judges($check, 'log_file_mode', $_, [ 'fail', 'low', 'log_file_mode', fix('log_file_mode', '0600') ]) foreach '0660', '0604';
configure($node, log_rotation_age => 0, log_rotation_size => 0);
is_deeply(said($check), [ [ 'fail', 'low', 'log_rotation_age', fix('log_rotation_age', '1d') ] ], "$check: no file ends");
configure($node, log_rotation_size => '1MB');
is_deeply(said($check), [], "$check: but by its size");
# a prefix has no effect on CSV
configure($node, log_destination => 'csvlog', log_line_prefix => '');
is_deeply(said('log_line_prefix_weak'), [], 'log_line_prefix_weak: the CSV files have all of it');
configure($node, log_destination => 'csvlog,stderr');
is_deeply([ map { $_->[2] } @{ said('log_line_prefix_weak') } ], ['log_line_prefix'], 'log_line_prefix_weak: those beside them have not');
sql($node, 'ALTER SYSTEM RESET ALL');
restarted();
is(verdict($node, $check), 'not_applicable', "$check: no files");

#
# log_line_prefix
#
$check = 'log_line_prefix_weak';
foreach my $case (
	[ '%m [%p] ', 'medium', 'the role, the database, the client, the application', '%m [%p] user=%u db=%d client=%h app=%a ' ],
	[ '', 'medium', 'the time, the process, the role, the database, the client, the application', '%m [%p] user=%u db=%d client=%h app=%a ' ],
	[ '%q%m %p %u %d %r %a', 'medium', 'the time, the process', '%m [%p] %q%m %p %u %d %r %a ' ],
	[ '%t %c %u %d %h ', 'low', 'the application', '%t %c %u %d %h app=%a ' ],
	[ '%m [%p] %%u %d %h %a ', 'medium', 'the role', '%m [%p] %%u %d %h %a user=%u ' ])
{
	my ($value, $severity, $missing, $good) = @$case;
	configure($node, log_line_prefix => $value);
	is_deeply(said($check), [ [ 'fail', $severity, 'log_line_prefix', fix('log_line_prefix', $good) ] ], "$check: '$value' lacks $missing");
	is(report($node, $check)->[0]{detail}, "log_line_prefix is '$value', without $missing", "$check: '$value': the words");
	sql($node, fix('log_line_prefix', $good));
	reload($node);
	is_deeply(said($check), [], "$check: '$value': the fix works");
	like(logged('SELECT 1/0', user => 'worker', dbname => 'app', application_name => 'the app'), qr/(?=.*worker)(?=.*app)(?=.*\[local\])(?=.*the app).*division/, 'and the log has all of it')
	  unless $good =~ /^%q/;
}
configure($node, log_line_prefix => undef);

#
# Passwords, parameters and the trees of statements
#
$check = 'log_statement_leaks_secrets';
my $secret = q{ALTER ROLE worker PASSWORD 'Tr0ub4dor'};
configure($node, log_statement => 'none');
is_deeply(said($check), [], "$check: none");
unlike(logged($secret), qr/Tr0ub4dor/, 'and the log has no password');
foreach my $case ([ ddl => 'low' ], [ mod => 'medium' ], [ all => 'medium' ])
{
	my ($value, $severity) = @$case;
	configure($node, log_statement => $value);
	is_deeply(said($check), [ [ 'fail', $severity, 'log_statement', undef ] ], "$check: log_statement = $value, which nothing else makes up for");
	like(logged($secret), qr/Tr0ub4dor/, "log_statement = $value: the log has the password");
}
configure($node, log_statement => undef);
judges($check, 'log_min_duration_statement', 0, [ 'fail', 'medium', 'log_min_duration_statement', fix('log_min_duration_statement', '-1') ], '5s');
sql($node, q{ALTER ROLE worker IN DATABASE app SET log_statement = 'all'});
is_deeply(said($check), [ [ 'fail', 'medium', 'ROLE worker IN DATABASE app SET log_statement', undef ] ], "$check: for one role in one database");
sql($node, q{ALTER ROLE worker IN DATABASE app RESET ALL; ALTER DATABASE app SET log_min_duration_statement = '0ms'});
is_deeply(said($check), [ [ 'fail', 'medium', 'DATABASE app SET log_min_duration_statement', 'ALTER DATABASE app RESET log_min_duration_statement;' ] ], "$check: for one database");
sql($node, 'ALTER DATABASE app RESET ALL');
SKIP:
{
	skip 'pgaudit is not installed for this server (Debian: postgresql-N-pgaudit)', 4 unless has_pgaudit();
	sql($node, q{ALTER SYSTEM SET shared_preload_libraries = 'pgaudit'});
	$node->restart;
	configure($node, log_statement => 'mod', 'pgaudit.log' => 'ddl, role');
	like(logged($secret), qr/AUDIT: .*ROLE,ALTER ROLE,.*PASSWORD <REDACTED>/, 'pgaudit leaves the password out');
	is_deeply(said($check), [ [ 'fail', 'medium', 'log_statement', fix('log_statement', 'none') ] ], "$check: with pgaudit log_statement is not needed");
	sql($node, fix('log_statement', 'none'));
	reload($node);
	is_deeply(said($check), [], "$check: the fix works");
	unlike(logged($secret), qr/Tr0ub4dor/, 'and the log has no password');

	# what STIG and others want of pgaudit.log_parameter
	is(verdict($node, 'pgaudit_logs_sensitive_params'), 'pass', 'pgaudit_logs_sensitive_params: off');
	judges('pgaudit_logs_sensitive_params', 'pgaudit.log_parameter', 'on', [ 'fail', 'low', 'pgaudit.log_parameter', fix('pgaudit.log_parameter', 'off') ]);
	sql($node, q{SELECT FROM rds_guard.use_profile('stig'); ALTER ROLE worker SET pgaudit.log_parameter = 'yes'});
	is_deeply(said('pgaudit_logs_sensitive_params'), [ [ 'fail', 'low', 'pgaudit.log_parameter', fix('pgaudit.log_parameter', 'on') ] ],
		'pgaudit_logs_sensitive_params: STIG wants it on, which one role has');
	sql($node, q{SELECT FROM rds_guard.use_profile('cis')});
	is_deeply(said('pgaudit_logs_sensitive_params'), [], 'pgaudit_logs_sensitive_params: CIS says nothing');
	sql($node, q{SELECT FROM rds_guard.use_profile('default'); ALTER ROLE worker RESET ALL});
	sql($node, 'ALTER SYSTEM RESET ALL');
	$node->restart;
}

$check = 'log_parameter_values';
my $bound = q{PREPARE p (text) AS SELECT $1; EXECUTE p ('bound')};
is_deeply(said($check), [], "$check: nothing is logged");
configure($node, log_statement => 'ddl');
is_deeply(said($check), [], "$check: ddl has no parameters");
configure($node, log_statement => 'all');
is_deeply(said($check), [ [ 'fail', 'low', 'log_parameter_max_length', fix('log_parameter_max_length', '0') ] ], "$check: all has");
sql($node, fix('log_parameter_max_length', '0'));
reload($node);
is_deeply(said($check), [], "$check: the fix works");
configure($node, log_parameter_max_length => undef, log_statement => undef);
sql($node, 'ALTER ROLE worker SET log_min_duration_statement = 100');
is_deeply([ map { $_->[2] } @{ said($check) } ], ['log_parameter_max_length'], "$check: one role whose slow statements are logged");
sql($node, 'ALTER ROLE worker RESET ALL');
judges($check, 'log_parameter_max_length_on_error', '64', [ 'fail', 'low', 'log_parameter_max_length_on_error', fix('log_parameter_max_length_on_error', '0') ]);
sql($node, 'ALTER ROLE worker SET log_parameter_max_length_on_error = -1');
is_deeply([ map { $_->[3] } @{ said($check) } ], ['ALTER ROLE worker RESET log_parameter_max_length_on_error;'], "$check: for one role");
sql($node, 'ALTER ROLE worker RESET ALL');

judges('debug_print_settings', 'debug_print_parse', 'on', [ 'fail', 'low', 'debug_print_parse', fix('debug_print_parse', 'off') ]);
sql($node, 'ALTER ROLE worker SET debug_print_plan = 1');
is_deeply(said('debug_print_settings'), [ [ 'fail', 'low', 'ROLE worker SET debug_print_plan', 'ALTER ROLE worker RESET debug_print_plan;' ] ], 'debug_print_settings: for one role');
like(logged('SELECT 4711', user => 'worker'), qr/PLANNEDSTMT/, 'and the log has the plan');
sql($node, 'ALTER ROLE worker RESET ALL');

#
# What is recorded besides
#
judges('log_min_error_statement', 'log_min_error_statement', $_, [ 'fail', 'low', 'log_min_error_statement', fix('log_min_error_statement', 'error') ], 'error', 'warning', 'debug5')
  foreach qw(log fatal panic);
foreach my $case ([ error => 1 ], [ log => 0 ], [ fatal => 0 ])
{
	configure($node, log_min_error_statement => $case->[0]);
	is(logged('SELECT 1/0') =~ /STATEMENT:  SELECT 1\/0/ ? 1 : 0, $case->[1], "log_min_error_statement = $case->[0]: the log has the statement or not");
}
configure($node, log_min_error_statement => undef);

$check = 'log_replication_commands_off';
is(verdict($node, $check), 'not_applicable', "$check: nobody replicates");
sql($node, 'CREATE ROLE copier REPLICATION LOGIN');
judges($check, 'log_replication_commands', 'off', [ 'fail', 'medium', 'log_replication_commands', fix('log_replication_commands', 'on') ]);
foreach my $value ('on', 'off')
{
	configure($node, log_replication_commands => $value);
	is(logged('IDENTIFY_SYSTEM', user => 'copier', replication => 'true') =~ /LOG:  received replication command: IDENTIFY_SYSTEM/ ? 'on' : 'off', $value, "log_replication_commands = $value: the log");
}
sql($node, q{ALTER ROLE copier NOLOGIN});
is(verdict($node, $check), 'not_applicable', "$check: nobody can log in to replicate");
sql($node, q{SELECT FROM pg_create_physical_replication_slot('kept')});
is(verdict($node, $check), 'fail: log_replication_commands', "$check: but there is a slot");
sql($node, q{SELECT FROM pg_drop_replication_slot('kept'); DROP ROLE copier});
configure($node, log_replication_commands => undef);

judges('log_timezone_not_utc', 'log_timezone', $_, [ 'fail', 'low', 'log_timezone', fix('log_timezone', 'UTC') ], 'UTC', 'GMT', 'Etc/UTC')
  foreach 'Europe/Berlin', 'Etc/GMT+1';
judges('track_activities_off', 'track_activities', 'off', [ 'fail', 'low', 'track_activities', fix('track_activities', 'on') ]);
judges('log_error_verbosity', 'log_error_verbosity', 'terse', [ 'fail', 'low', 'log_error_verbosity', fix('log_error_verbosity', 'default') ], 'default', 'verbose');
configure($node, log_checkpoints => 'off', log_lock_waits => 'off', log_temp_files => -1);
is_deeply([ map { [ @$_[ 1, 2 ] ] } @{ said('log_operational_gaps') } ], [ map { [ 'info', $_ ] } qw(log_checkpoints log_lock_waits log_temp_files) ], 'log_operational_gaps: all three');
sql($node, $_->[3]) foreach @{ said('log_operational_gaps') };
reload($node);
is_deeply(said('log_operational_gaps'), [], 'log_operational_gaps: the fixes work');
is(verdict($node, 'syslog_settings'), 'not_applicable', 'syslog_settings: not in use');
configure($node, log_destination => 'stderr,Syslog', syslog_sequence_numbers => 'off', syslog_split_messages => 'off');
is_deeply([ map { $_->[3] } @{ said('syslog_settings') } ], [ fix('syslog_sequence_numbers', 'on'), fix('syslog_split_messages', 'on') ], 'syslog_settings: in use');
configure($node, syslog_sequence_numbers => undef, syslog_split_messages => undef);
is_deeply(said('syslog_settings'), [], 'syslog_settings: the defaults are good');
sql($node, 'ALTER SYSTEM RESET ALL');
reload($node);

#
# Profiles
#
my %asked = (default => '', cis => '', stig => '');
configure($node, log_error_verbosity => 'default', log_hostname => 'off', log_connections => $major < 18 ? 'on' : 'receipt,authentication,authorization');
my @checks = qw(log_error_verbosity log_hostname log_connections_partial);
my $partial = $major < 18 ? 'not_applicable' : 'pass';
my %verdicts = (
	default => [ 'pass', 'pass', $partial ],
	cis => [ 'fail: log_error_verbosity', 'pass', $major < 18 ? $partial : 'fail: log_connections' ],
	stig => [ 'pass', 'fail: log_hostname', $partial ]);
foreach my $profile (sort keys %verdicts)
{
	sql($node, "SELECT FROM rds_guard.use_profile('$profile')");
	is_deeply([ @{ verdicts($node, \@checks) }{@checks} ], $verdicts{$profile}, "profile $profile: the verdicts");
	foreach my $finding (grep { $_->{status} eq 'fail' } @{ report($node, \@checks) })
	{
		sql($node, $finding->{fix});
	}
	reload($node);
	is_deeply([ grep { /fail/ } values %{ verdicts($node, \@checks) } ], [], "profile $profile: the fixes work");
	configure($node, log_error_verbosity => 'default', log_hostname => 'off', log_connections => $major < 18 ? 'on' : 'receipt,authentication,authorization');
}
sql($node, q{SELECT FROM rds_guard.use_profile('default')});

#
# The log as a table
#
$check = 'log_readable_by_sql';
my $log = $node->logfile;
sql($node, <<"END");
CREATE EXTENSION file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE SCHEMA "the log";
CREATE FOREIGN TABLE "the log".lines (line text) SERVER files OPTIONS (filename '$log');
CREATE FOREIGN TABLE other (line text) SERVER files OPTIONS (filename '/etc/hostname');
GRANT SELECT ON other TO worker;
END
is_deeply(said($check), [], "$check: its owner alone");
sql($node, 'GRANT SELECT ON "the log".lines TO worker, PUBLIC');
is_deeply(said($check),
	[ map { [ 'fail', 'medium', "\"the log\".lines TO $_", "REVOKE SELECT ON TABLE \"the log\".lines FROM $_;" ] } 'PUBLIC', 'worker' ], "$check: others, too");
sql($node, join "\n", map { $_->[3] } @{ said($check) });
is_deeply(said($check), [], "$check: the fixes work");

$node->stop;
done_testing();
