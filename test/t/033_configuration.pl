# What the server is told to do that it should not, and what its files say and it
# does not do: with real files, reloads and restarts, for a superuser, a monitor
# and the edition without library.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

# without archive_mode the server shows no archive_command
my $node = server('configuration', conf => "fsync = on\narchive_mode = on\n");
my $major = major($node);
sql($node, <<'END');
CREATE EXTENSION rds_guard;
CREATE DATABASE app;
CREATE DATABASE plain;
CREATE ROLE worker LOGIN;
CREATE ROLE boss;
GRANT boss TO worker;
CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
CREATE ROLE owner LOGIN;
GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO owner;
END
install_plain($node, dbname => 'plain');
sql($node, 'GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO monitor', dbname => 'plain');

# as [status, severity, object, fix] of each finding, but those that say nothing
sub said
{
	my ($check, %as) = @_;
	return [ map { [ @$_{qw(status severity object fix)} ] } grep { $_->{status} =~ /fail|unknown|error|waived/ } @{ report($node, $check, %as) } ];
}

sub fix
{
	my ($name, $value) = @_;
	return "ALTER SYSTEM SET $name = '$value'; SELECT pg_reload_conf();";
}

# judges(CHECK, NAME, BAD, SEVERITY, GOOD): for the server, as a monitor sees it,
# too, and the fix; then for one role in one database
sub judges
{
	my ($check, $name, $bad, $severity, $good) = @_;
	configure($node, $name => $bad);
	my $finding = [ 'fail', $severity, $name, fix($name, $good) ];
	is_deeply(said($check), [$finding], "$check: $name = $bad");
	is_deeply(said($check, user => 'monitor'), [$finding], "$check: $name = $bad, as a monitor");
	sql($node, $finding->[3]);
	reload($node);
	is_deeply(said($check), [], "$check: $name: the fix works");
	configure($node, $name => undef);
	return;
}

sub judges_override
{
	my ($check, $name, $bad, $severity) = @_;
	foreach my $target ('ROLE worker IN DATABASE app', 'ROLE worker', 'DATABASE app', 'ROLE ALL')
	{
		sql($node, "ALTER $target SET $name = $bad");
		is_deeply(said($check), [ [ 'fail', $severity, "$target SET $name", "ALTER $target RESET $name;" ] ], "$check: $name = $bad for $target");
		sql($node, "ALTER $target RESET $name;");
	}
	sql($node, "ALTER ROLE boss SET $name = $bad");
	is_deeply(said($check), [], "$check: $name for a role that cannot log in");
	sql($node, "ALTER ROLE boss RESET $name");
	return;
}

#
# Settings
#
my $check = 'risky_developer_options';
is_deeply(said($check), [], "$check: a server as initdb makes it");
judges($check, 'zero_damaged_pages', 'on', 'high', 'off');
judges($check, 'allow_system_table_mods', 'on', 'high', 'off');
judges($check, 'trace_notify', 'on', 'low', 'off');
judges($check, 'wal_consistency_checking', 'heap', 'low', '');
judges_override($check, 'ignore_checksum_failure', 'yes', 'high');

$check = 'durability_disabled';
is_deeply(said($check), [], "$check: a server as initdb makes it");
judges($check, 'fsync', 'off', 'high', 'on');
judges($check, 'full_page_writes', 'off', 'high', 'on');
judges($check, 'synchronous_commit', 'off', 'low', 'on');
judges_override($check, 'synchronous_commit', 'off', 'low');
sql($node, 'ALTER ROLE worker SET synchronous_commit = local');
is_deeply(said($check), [], "$check: local is not off");
sql($node, 'ALTER ROLE worker RESET ALL');

$check = 'guc_role_override_dangerous';
is_deeply(said($check), [], "$check: a server as initdb makes it");
judges($check, 'lo_compat_privileges', 'on', 'high', 'off');
judges_override($check, 'lo_compat_privileges', 'on', 'high');
judges_override($check, 'check_function_bodies', 'off', 'low');
sql($node, 'ALTER ROLE worker SET role = boss');
is(sql($node, 'SELECT current_user', user => 'worker'), 'boss', 'a login becomes another role');
is_deeply(said($check), [ [ 'fail', 'high', 'ROLE worker SET role', 'ALTER ROLE worker RESET role;' ] ], "$check: which is told");
is_deeply(said($check, user => 'monitor'), said($check), "$check: to a monitor, too");
sql($node, 'ALTER ROLE worker SET role = worker');
is_deeply(said($check), [], "$check: itself is no other");
sql($node, 'ALTER ROLE worker RESET role; ALTER ROLE worker SET default_transaction_read_only = on');
is_deeply(said($check), [ [ 'fail', 'info', 'ROLE worker SET default_transaction_read_only', undef ] ], "$check: read-only by default is no protection");
sql($node, 'SET default_transaction_read_only = off; CREATE TEMP TABLE written ()', user => 'worker');
sql($node, 'ALTER ROLE worker RESET ALL');

$check = 'legacy_string_escapes';
is_deeply(said($check), [], "$check: a server as initdb makes it");
judges($check, 'backslash_quote', 'on', 'medium', 'safe_encoding') if $major >= 19;
if ($major < 19)
{
	is_deeply(said($check, user => 'monitor'), [], "$check: and as a monitor, behind our own value");
	configure($node, standard_conforming_strings => 'off', backslash_quote => 'on');
	is_deeply(said($check), [ [ 'fail', 'medium', 'backslash_quote', fix('backslash_quote', 'safe_encoding') ],
		[ 'fail', 'medium', 'standard_conforming_strings', fix('standard_conforming_strings', 'on') ] ], "$check: both");
	is_deeply(said($check, user => 'monitor'), said($check), "$check: to a monitor, too");
	is_deeply(said($check, user => 'monitor', options => '-c standard_conforming_strings=on')->[1], [ 'unknown', 'medium', 'standard_conforming_strings', undef ],
		"$check: what a client asks for hides the value of the server");
	configure($node, standard_conforming_strings => undef, backslash_quote => undef);
	judges_override($check, 'standard_conforming_strings', 'off', 'medium');
}

$check = 'client_min_messages';
judges($check, 'client_min_messages', 'debug2', 'info', 'notice');
judges_override($check, 'client_min_messages', 'log', 'info');

#
# Search paths
#
$check = 'search_path_override_unsafe';
is_deeply(said($check), [], "$check: a server as initdb makes it");
is_deeply(said($check, user => 'monitor'), [], "$check: and as a monitor, behind our own value");
is_deeply(said($check, user => 'monitor', options => '-c search_path=public'), [ [ 'unknown', 'high', 'search_path', undef ] ], "$check: unless it asked for a value itself");
sql($node, 'ALTER ROLE monitor SET search_path = public');
is_deeply(said($check, user => 'monitor'), [ [ 'unknown', 'high', 'search_path', undef ] ], "$check: or was given one");
sql($node, 'ALTER ROLE monitor RESET search_path');
foreach my $path ('public, pg_catalog', 'app, "$user", PG_Catalog')
{
	sql($node, "ALTER ROLE worker SET search_path = $path");
	is_deeply(said($check), [ [ 'fail', 'high', 'ROLE worker SET search_path', 'ALTER ROLE worker RESET search_path;' ] ], "$check: $path");
}
foreach my $path ('pg_catalog, public', 'public', '"Pg_Catalog", pg_temp', q{''})
{
	sql($node, "ALTER ROLE worker SET search_path = $path");
	is_deeply(said($check), [], "$check: $path is harmless");
}
sql($node, q{ALTER ROLE worker SET search_path = 'pg_catalog, Public'});
is_deeply(said($check), [ [ 'fail', 'medium', 'ROLE worker SET search_path', 'ALTER ROLE worker SET search_path = pg_catalog, "Public";' ] ], "$check: one name with a comma");
sql($node, said($check)->[0][3]);
is_deeply(said($check), [], "$check: the fix works");
sql($node, 'ALTER ROLE worker RESET ALL');
sql($node, q{ALTER SYSTEM SET search_path = public, pg_catalog});
reload($node);
is_deeply(said($check), [ [ 'fail', 'high', 'search_path', fix('search_path', '"$user", public') ] ], "$check: of the server");
sql($node, 'ALTER SYSTEM RESET search_path');
reload($node);
sql($node, 'CREATE SCHEMA worker AUTHORIZATION monitor');
is_deeply(said($check), [ [ 'fail', 'high', 'worker', 'ALTER SCHEMA worker OWNER TO worker;' ] ], "$check: \"\$user\" of somebody else");
sql($node, said($check)->[0][3]);
is_deeply(said($check), [], "$check: of the role itself");
sql($node, 'ALTER SCHEMA worker OWNER TO CURRENT_USER');
is_deeply(said($check), [], "$check: of the superuser");
sql($node, 'ALTER SCHEMA worker OWNER TO boss');
is_deeply(said($check), [], "$check: of a role that nobody logs in with");

#
# Libraries
#
$check = 'preload_libraries_unknown';
is_deeply(said($check), [], "$check: none");
is_deeply(said($check, user => 'owner'), [ [ 'unknown', 'medium', undef, 'GRANT pg_read_all_settings TO owner;' ] ], "$check: who may not see");
sql($node, q{ALTER ROLE worker SET session_preload_libraries = 'auto_explain'});
is_deeply(said($check), [], "$check: one of PostgreSQL's own");
sql($node, q{ALTER ROLE worker SET session_preload_libraries = 'auto_explain', '/opt/x/lurker.so'; ALTER DATABASE app SET local_preload_libraries = 'other'});
is_deeply(
	said($check),
	[
		[ 'fail', 'medium', 'DATABASE app SET local_preload_libraries: other', 'ALTER DATABASE app RESET local_preload_libraries;' ],
		[ 'fail', 'medium', 'ROLE worker SET session_preload_libraries: lurker', 'ALTER ROLE worker RESET session_preload_libraries;' ]
	],
	"$check: for a role and a database");
is_deeply(said($check, user => 'monitor'), said($check), "$check: as a monitor");
sql($node, q{UPDATE rds_guard.policy SET value = '["other"]' WHERE name = 'approved_libraries'});
is_deeply([ map { "$_->[0] $_->[2]" } @{ said($check) } ],
	[ 'fail ROLE worker SET session_preload_libraries: lurker', 'waived DATABASE app SET local_preload_libraries: other' ], "$check: the policy allows one");
sql($node, 'UPDATE rds_guard.policy SET value = DEFAULT; ALTER ROLE worker RESET ALL; ALTER DATABASE app RESET ALL');

$check = 'library_or_extension_path_nondefault';
is_deeply(said($check), [], "$check: the defaults");
judges($check, 'dynamic_library_path', '/opt/x:$libdir', 'high', '$libdir');
judges($check, 'extension_control_path', '/opt/x:$system', 'high', '$system') if $major >= 18;
is_deeply(said($check, user => 'owner'), [ [ 'unknown', 'high', undef, 'GRANT pg_read_all_settings TO owner;' ] ], "$check: who may not see");

$check = 'output_plugin_libraries_widened';
if (value($node, q{SELECT rds_guard.has_setting('output_plugin_libraries')}))
{
	is_deeply(said($check), [], "$check: the default");
	configure($node, output_plugin_libraries => 'pgoutput, $libdir/decode_all');
	is_deeply(said($check), [ [ 'fail', 'high', 'output_plugin_libraries: decode_all', undef ] ], "$check: another one");
	sql($node, q{UPDATE rds_guard.policy SET value = '["decode_all"]' WHERE name = 'output_plugins'});
	is(said($check)->[0][0], 'waived', "$check: that the policy allows");
	sql($node, 'UPDATE rds_guard.policy SET value = DEFAULT');
	configure($node, output_plugin_libraries => undef);
}
else
{
	is(verdict($node, $check), 'not_applicable', "$check: not in this release");
}

#
# Secrets in commands
#
$check = 'external_command_settings';
my @secrets = (
	'AWS_SECRET_ACCESS_KEY=abcd1234/efgh aws s3 cp %p s3://b/%f', 'curl -u backup:hunter22 --token=abcdef %p', 'PGPASSWORD="hunter22" ship %p',
	'AKIAIOSFODNN7EXAMPLE ship %p', 'ship %p https://u:hunter22@backup/%f', q{mysecret 'password: hunter22' %p});
foreach my $command (@secrets)
{
	configure($node, archive_command => $command);
	is_deeply(said($check), [ [ 'fail', 'medium', 'archive_command', undef ] ], "$check: $command");
	unlike(sql($node, "SELECT f FROM rds_guard.report('{external_command_settings,alter_system_overrides,config_file_errors}') AS f"), qr/hunter22|abcd1234|EXAMPLE/, 'which the report does not repeat');
}
foreach my $command ('cp %p /archive/%f', 'pgbackrest --stanza=main archive-push %p', 'ship --password-file=/etc/secret %p', 'ship --token=$TOKEN %p', 'gpg --sign-with key %p')
{
	configure($node, archive_command => $command);
	is_deeply(said($check), [], "$check: $command has none");
}
is_deeply(said($check, user => 'owner'), [ [ 'unknown', 'medium', undef, 'GRANT pg_read_all_settings TO owner;' ] ], "$check: who may not see all of them");
configure($node, archive_command => undef, ssl_passphrase_command => 'echo hunter22');
is_deeply(said($check), [ [ 'fail', 'medium', 'ssl_passphrase_command', undef ] ], "$check: echo");
configure($node, ssl_passphrase_command => undef);

#
# Files and what is in force
#
$check = 'config_file_errors';
my $auto = $node->data_dir . '/postgresql.auto.conf';
is_deeply(said($check), [], "$check: all is well");
my $grants = 'GRANT SELECT ON pg_catalog.pg_file_settings TO monitor; GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_all_file_settings() TO monitor;';
is_deeply(said($check, user => 'monitor'), [ [ 'unknown', 'medium', undef, $grants ] ], "$check: a monitor may not see");
sql($node, $grants);
is_deeply(said($check, user => 'monitor'), [ [ 'unknown', 'medium', 'postgresql.conf', undef ] ], "$check: with these grants it sees lines, not times");
# twice the same is no error, the last one wins
$node->append_conf('postgresql.conf', "work_mem = '4MB'\nwork_mem = '5MB'");
reload($node);
is_deeply(said($check), [], "$check: a setting that stands twice");
mkdir $node->data_dir . '/conf.d' or die $!;
sub included
{
	my ($text) = @_;
	open my $out, '>', $node->data_dir . '/conf.d/site.conf' or die $!;
	print $out $text;
	close $out or die $!;
	return;
}
included("work_mem = '6MB'\n");
$node->append_conf('postgresql.conf', "include_dir = 'conf.d'");
reload($node);
is_deeply(said($check), [], "$check: an included file");
foreach my $case ([ "no_such_setting = 1\n", 'unrecognized configuration parameter' ], [ "work_mem = much\n", 'setting could not be applied' ], [ "work_mem 'never ends\n", 'syntax error' ])
{
	my ($text, $error) = @$case;
	included("# first\n$text");
	$node->reload;
	my ($found) = grep { $_->{object} eq 'site.conf line 2' } @{ report($node, $check) };
	is($found->{severity}, 'high', "$check: $text");
	like($found->{detail}, qr{conf\.d/site\.conf line 2: \Q$error}, "$check: the words");
	is_deeply([ map { $_->{object} } grep { $_->{status} eq 'fail' } @{ report($node, $check, user => 'monitor') } ], [ map { $_->{object} } grep { $_->{object} eq 'site.conf line 2' } @{ report($node, $check) } ],
		"$check: a monitor with the grants sees that, too");
}
included("work_mem = '6MB'\n");
reload($node);
is_deeply(said($check), [], "$check: mended");
included("work_mem = '7MB'\n");
utime time + 5, time + 5, $node->data_dir . '/conf.d/site.conf' or die $!;
is_deeply(said($check), [ [ 'fail', 'medium', 'site.conf', 'SELECT pg_reload_conf();' ] ], "$check: changed and not reloaded");
is(value($node, q{SELECT current_setting('work_mem')}), '6MB', 'the server has the old value');
included("work_mem = '7MB'\n");
utime time - 5, time - 5, $node->data_dir . '/conf.d/site.conf' or die $!;
sleep 2;
reload($node);
is_deeply(said($check), [], "$check: the fix works");

$check = 'pending_restart_security';
is_deeply(said($check), [], "$check: nothing waits");
is_deeply(said($check, user => 'owner'), [ [ 'unknown', 'medium', undef, 'GRANT pg_read_all_settings TO owner;' ] ], "$check: who may not see all settings");
sql($node, q{ALTER SYSTEM SET shared_preload_libraries = 'auto_explain'; ALTER SYSTEM SET listen_addresses = '127.0.0.1'; ALTER SYSTEM SET max_locks_per_transaction = 65});
is_deeply(said($check), [], "$check: before a reload the server does not know");
reload($node);
is_deeply([ map { $_->[2] } @{ said($check) } ], [qw(listen_addresses shared_preload_libraries)], "$check: what is about security waits");
is_deeply([ map { $_->[2] } @{ said($check, user => 'monitor') } ], [qw(listen_addresses shared_preload_libraries)], "$check: as a monitor");
is_deeply(said('config_file_errors'), [], 'config_file_errors: waiting is no error');
sql($node, 'ALTER SYSTEM RESET shared_preload_libraries; ALTER SYSTEM RESET max_locks_per_transaction');
$node->restart;
is_deeply(said($check), [], "$check: after a restart nothing waits");

$check = 'alter_system_overrides';
# listen_addresses stands in both, with other values
is_deeply([ map { [ @$_[ 0, 1, 2 ] ] } @{ said($check) } ], [ [ 'fail', 'low', 'listen_addresses' ] ], "$check: another value than in the file");
like(report($node, $check)->[0]{detail}, qr/^listen_addresses is '' in .*postgresql\.conf line \d+, and '127\.0\.0\.1' by ALTER SYSTEM$/, "$check: the words");
is_deeply([ map { $_->[2] } @{ said($check, user => 'monitor') } ], ['listen_addresses'], "$check: a monitor with the grants");
is_deeply(said($check, user => 'owner')->[0][0], 'unknown', "$check: without them it is unknown");
sql($node, q{ALTER SYSTEM RESET listen_addresses; ALTER SYSTEM SET work_mem = '8MB'; ALTER SYSTEM SET maintenance_work_mem = '65MB'});
reload($node);
is_deeply([ map { $_->[2] } @{ said($check) } ], ['work_mem'], "$check: what stands in an included file, not what stands in no other");
sql($node, q{ALTER SYSTEM SET work_mem = '7MB'});
reload($node);
is_deeply(said($check), [], "$check: the same value is no contradiction");

#
# The cluster itself
#
$check = 'data_checksums_off';
my $on = value($node, q{SELECT current_setting('data_checksums')}) eq 'on';
is_deeply(said($check), $on ? [] : [ [ 'fail', 'medium', 'data_checksums', undef ] ], "$check: as initdb makes it");
my @server = ('pg_ctl', '-s', '-w', '-D', $node->data_dir);
$node->stop;
system_or_bail('pg_checksums', $on ? '--disable' : '--enable', '-D', $node->data_dir);
chmod 0750, $node->data_dir or die $!;
$node->start;
is_deeply(said($check), $on ? [ [ 'fail', 'medium', 'data_checksums', undef ] ] : [], "$check: the other way round");
is_deeply(said($check, user => 'monitor'), said($check), "$check: as a monitor");
is_deeply(said('data_directory_mode'), [ [ 'fail', 'low', 'data_directory', undef ] ], 'data_directory_mode: a group reads it');
$node->stop;
chmod 0700, $node->data_dir or die $!;
system_or_bail('pg_checksums', '--enable', '-D', $node->data_dir) if $on;
$node->start;
is_deeply(said('data_directory_mode'), [], 'data_directory_mode: nobody else does');

# A page that does not match
$check = 'data_checksums_off';
sql($node, 'CREATE TABLE broken AS SELECT generate_series(1, 1000) AS number; CHECKPOINT', dbname => 'app');
my $file = $node->data_dir . '/' . sql($node, q{SELECT pg_relation_filepath('broken')}, dbname => 'app');
$node->stop;
open my $table, '+<', $file or die $!;
binmode $table;
seek $table, 4000, 0;
print $table 'changed by hand';
close $table or die $!;
$node->start;
like((try_sql($node, 'SELECT sum(number) FROM broken', dbname => 'app'))[2], qr/invalid page/, 'a page was changed');
$node->poll_query_until('postgres', q{SELECT checksum_failures > 0 FROM pg_stat_database WHERE datname = 'app'}) or die;
is_deeply(said($check), [ [ 'fail', 'high', 'app', undef ] ], "$check: which is told");
is_deeply(said($check, user => 'monitor'), said($check), "$check: to a monitor, too");

$node->stop;
done_testing();
