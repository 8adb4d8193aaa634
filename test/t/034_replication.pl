# The checks of category replication, with a primary, a standby that streams
# from it and a subscriber: over a network that is not the loopback's, with and
# without TLS, by the socket; slots with and without consumers; archiving that
# works, fails and lies. Asked by a superuser, a monitor and a role with nothing
# but EXECUTE on report(), in both editions.
#
# test.sh gives the network, where it may:
# Addresses: 10.1.2.3/24

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use IO::Socket::IP;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;
use Time::HiRes qw(usleep);

my $address = '10.1.2.3';
IO::Socket::IP->new(LocalHost => $address, Listen => 1)
  or plan skip_all => "no network of its own with the address $address: needs root or user namespaces, and iproute2";

my $certificates = PostgreSQL::Test::Utils::tempdir();
make_certificates($certificates);
my $archive = PostgreSQL::Test::Utils::tempdir();
my $hba = "local all,replication all trust\nhost all,replication all 127.0.0.1/32 trust\nhost all,replication all $address/32 trust";
my $tls = <<"END";
ssl = on
ssl_cert_file = '$certificates/server.crt'
ssl_key_file = '$certificates/server.key'
wal_level = logical
END

my $primary = server('primary', listen => '*', hba => $hba, conf => <<"END");
$tls
archive_mode = on
archive_command = 'cp %p $archive/%f'
wal_keep_size = 0
END
my $major = major($primary);
my @app = (dbname => 'app');
sql($primary, <<'END');
CREATE DATABASE app;
CREATE DATABASE plain;
CREATE ROLE copier LOGIN REPLICATION;
CREATE ROLE boss LOGIN SUPERUSER;
CREATE ROLE climber LOGIN REPLICATION NOINHERIT;
GRANT boss TO climber;
CREATE ROLE watcher LOGIN IN ROLE pg_monitor;
CREATE ROLE plain LOGIN;
END
sql($primary, 'CREATE EXTENSION rds_guard; GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO plain', @app);
install_plain($primary, dbname => 'plain');
sql($primary, 'GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO plain', dbname => 'plain');

# What a check says: "pass", or "status severity object" of each row; the same
# in both editions.
sub said
{
	my ($node, $check, %to) = @_;
	my @said = map {
		my $edition = $_;
		my $report = report($node, $check, dbname => $edition, %to);
		join ' | ', sort map { $_->{status} =~ /^(fail|waived)$/ || defined $_->{object} ? "$_->{status} $_->{severity} $_->{object}" : $_->{status} } @$report
	} qw(app plain);
	is($said[1], $said[0], "$check: the same without the library");
	return $said[0];
}

sub detail
{
	my ($node, $check, %to) = @_;
	return join ' | ', map { $_->{detail} // '' } @{ report($node, $check, @app, %to) };
}

sub fix
{
	my ($node, $check, %to) = @_;
	return report($node, $check, @app, %to)->[0]{fix};
}

# Waits until a query says true.
sub await
{
	my ($node, $query, %to) = @_;
	for (my $patience = 1800; !value($node, $query, %to); $patience--)
	{
		die "never true: $query" if $patience == 0;
		usleep(100_000);
	}
	return;
}

#
# Archiving and backups
#
is(said($primary, 'backup_evidence_missing'), 'unknown', 'no backup yet: unknown');
sql($primary, q{SELECT pg_stat_reset_shared('archiver')});
is(said($primary, 'wal_archiving_off_or_failing'), 'unknown medium pg_stat_archiver', 'nothing archived yet: unknown');
sql($primary, 'CREATE TABLE t (); SELECT pg_switch_wal()');
await($primary, 'SELECT archived_count > 0 FROM pg_stat_archiver');
foreach my $role ($superuser, 'watcher', 'plain')
{
	is(said($primary, 'wal_archiving_off_or_failing', user => $role), 'pass', "$role: archiving works");
}
is(said($primary, 'backup_evidence_missing'), 'unknown', 'archived WAL alone is no backup');
like(detail($primary, 'backup_evidence_missing'), qr/it does archive WAL/, 'but it is named');
$primary->backup('copy');
is(said($primary, 'backup_evidence_missing', user => $_), 'pass', "$_: the base backup is seen") foreach $superuser, 'watcher';
is(said($primary, 'backup_evidence_missing', user => 'plain'), 'unknown', 'plain: it is not seen');
is(fix($primary, 'backup_evidence_missing', user => 'plain'), 'GRANT EXECUTE ON FUNCTION pg_ls_waldir() TO plain;', 'and the GRANT is named');
sql($primary, q{UPDATE rds_guard.policy SET value = '0' WHERE name = 'backup_days'}, dbname => $_) foreach qw(app plain);
is(said($primary, 'backup_evidence_missing'), 'unknown', 'a base backup that is too old shows nothing');
sql($primary, q{UPDATE rds_guard.policy SET value = DEFAULT WHERE name = 'backup_days'}, dbname => $_) foreach qw(app plain);

foreach my $case (
	[ '/bin/true', 'names no file' ],
	[ '', 'is empty' ],
	[ 'cp %p /dev/null', 'throws away' ],
	[ "cp %p $archive/%f || true", 'reports success' ])
{
	configure($primary, archive_command => $case->[0]);
	is(said($primary, 'wal_archiving_off_or_failing', user => $_), 'fail medium archive_command', "$_: archive_command '$case->[0]'") foreach $superuser, 'plain';
	like(detail($primary, 'wal_archiving_off_or_failing'), qr/^archive_command $case->[1]/, "archive_command '$case->[0]': why");
}
configure($primary, archive_command => 'PASSWORD=topsecret false %p');
sql($primary, 'CREATE TABLE u (); SELECT pg_switch_wal()');
await($primary, 'SELECT failed_count > 0 FROM pg_stat_archiver');
is(said($primary, 'wal_archiving_off_or_failing', user => $_), 'fail medium pg_stat_archiver', "$_: archiving fails") foreach $superuser, 'plain';
like(detail($primary, 'wal_archiving_off_or_failing'), qr/^archive_command fails, \d+ time\(s\) so far, the last time with [0-9A-F]{24}; nothing was archived since /, 'and since when');
unlike(sql($primary, q{SELECT f FROM rds_guard.report('{replication}') AS f}, @app), qr/topsecret/, 'the command is not repeated');
configure($primary, archive_command => undef);
await($primary, 'SELECT last_archived_time > last_failed_time FROM pg_stat_archiver');
is(said($primary, 'wal_archiving_off_or_failing'), 'pass', 'archiving works again');
SKIP:
{
	skip 'no archive_library here', 4 unless $major >= 15 && has_library('basic_archive');
	# which ALTER SYSTEM knows only once it is loaded
	$primary->append_conf('postgresql.conf', q{basic_archive.archive_directory = '/nowhere'});
	configure($primary, archive_command => '', archive_library => 'basic_archive');
	sql($primary, 'CREATE TABLE v (); SELECT pg_switch_wal(); SELECT pg_stat_reset_shared($$archiver$$)');
	is(said($primary, 'wal_archiving_off_or_failing'), 'unknown medium pg_stat_archiver', 'archive_library without a directory: it has archived nothing');
	$primary->append_conf('postgresql.conf', "basic_archive.archive_directory = '$archive'");
	reload($primary);
	sql($primary, 'CREATE TABLE w (); SELECT pg_switch_wal()');
	await($primary, 'SELECT last_archived_time > coalesce(last_failed_time, $$-infinity$$) FROM pg_stat_archiver');
	is(said($primary, 'wal_archiving_off_or_failing'), 'pass', 'archive_library: it archives');
	configure($primary, archive_command => undef, archive_library => undef);
}

#
# A standby, in all the ways in which it can connect
#
sql($primary, q{SELECT pg_create_physical_replication_slot('standby')});
sql($primary, q{UPDATE rds_guard.policy SET value = '0' WHERE name = 'inactive_slot_limit'}, dbname => $_) foreach qw(app plain);
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'copy');
$standby->append_conf('postgresql.conf', join "\n", 'port = ' . $standby->port, "unix_socket_directories = '" . $standby->host . "'",
	"listen_addresses = ''", "primary_slot_name = 'standby'", 'wal_retrieve_retry_interval = 100ms', 'hot_standby_feedback = on', 'wal_receiver_status_interval = 1');
$standby->set_standby_mode;

my $port = $primary->port;
my $through = "port=$port application_name=walreceiver dbname=app";
sub stream
{
	my ($conninfo) = @_;
	sql($primary, q{SELECT pg_terminate_backend(pid) FROM pg_stat_replication WHERE application_name = 'walreceiver'});
	configure($standby, primary_conninfo => "$through $conninfo");
	my ($user) = $conninfo =~ /user=(\w+)/;
	await($primary, qq{SELECT count(*) = 1 FROM pg_stat_replication AS r WHERE r.application_name = 'walreceiver' AND r.state = 'streaming' AND r.usename = '$user'
		AND EXISTS (SELECT FROM pg_stat_ssl AS s WHERE s.pid = r.pid AND s.ssl = @{[ $conninfo =~ /sslmode=(?:require|verify)/ ? 'true' : 'false' ]})
		AND r.client_addr IS NOT DISTINCT FROM @{[ $conninfo =~ /host(?:addr)?=([0-9.]+)/ ? "'$1'::inet" : 'NULL' ]}});
	return;
}

$standby->append_conf('postgresql.conf', "primary_conninfo = '$through host=$address user=copier sslmode=disable'");
$standby->start;
my $root = "sslrootcert=$certificates/server_ca.crt";
foreach my $case (
	# how it connects, and what primary and standby say of it
	[ "host=$address user=copier sslmode=disable gssencmode=disable", 'fail high copier', 'pass', 'fail medium primary_conninfo sslmode' ],
	[ "host=$address user=copier sslmode=require", 'pass', 'pass', 'fail low primary_conninfo sslmode' ],
	[ "host=$address user=copier sslmode=require $root", 'pass', 'pass', 'pass' ],
	[ "hostaddr=$address host=server.example user=copier sslmode=verify-full $root", 'pass', 'pass', 'pass' ],
	[ "host=$address user=copier sslmode=verify-ca password=topsecret $root", 'pass', 'pass', 'fail medium primary_conninfo password' ],
	[ 'host=127.0.0.1 user=copier sslmode=disable', 'pass', 'pass', 'pass' ],
	[ 'host=' . $primary->host . ' user=copier', 'pass', 'pass', 'pass' ],
	[ 'host=' . $primary->host . ' user=boss', 'pass', 'fail low boss', 'pass' ],
	[ "host=$address user=climber sslmode=verify-ca $root", 'pass', 'fail medium climber', 'pass' ],
	[ "host=$address user=boss sslmode=disable", 'fail high boss', 'fail medium boss', 'fail medium primary_conninfo sslmode' ])
{
	my ($conninfo, $cleartext, $mighty, $weak) = @$case;
	stream($conninfo);
	$conninfo =~ s/\Q$certificates\E/FOLDER/;
	foreach my $role ($superuser, 'watcher')
	{
		is(said($primary, 'replication_stream_cleartext', user => $role), $cleartext, "$role, $conninfo: the stream");
		is(said($primary, 'replication_user_superuser', user => $role), $mighty, "$role, $conninfo: its role");
		# whether there is a root certificate only a superuser may look
		is(said($standby, 'primary_conninfo_weak', user => $role),
			$role eq 'watcher' && $conninfo =~ /sslmode=require sslroot/ ? 'unknown medium primary_conninfo sslmode' : $weak, "$role, $conninfo: the standby's side");
		is(said($primary, 'primary_conninfo_weak', user => $role), 'not_applicable', "$role, $conninfo: the primary is no standby");
		is(said($primary, 'replication_slots_inactive', user => $role), 'pass', "$role, $conninfo: its slot is in use");
	}
	unlike(sql($standby, q{SELECT f FROM rds_guard.report('{replication}') AS f}, @app), qr/topsecret/, "$conninfo: no password is shown");
}
like(detail($primary, 'replication_user_superuser'), qr/^1 stream\(s\) of replication run as role boss, which is or can become an administrator, to \Q$address\E$/, 'the role and the address are named');

# who may not see does not know, on both sides
is(said($primary, $_, user => 'plain'), 'unknown', "plain: $_ is unknown") foreach qw(replication_stream_cleartext replication_user_superuser);
is(fix($primary, 'replication_stream_cleartext', user => 'plain'), 'GRANT pg_read_all_stats TO plain;', 'and the GRANT is named');
is(said($standby, 'primary_conninfo_weak', user => 'plain'), 'unknown', 'plain: primary_conninfo is unknown');
is(fix($standby, 'primary_conninfo_weak', user => 'plain'), 'GRANT pg_read_all_settings TO plain;', 'and the GRANT is named');
is(said($standby, 'wal_archiving_off_or_failing', user => $_), 'not_applicable', "$_: the standby archives nothing") foreach $superuser, 'plain';
is(said($standby, $_), 'pass', "standby: $_: nobody streams from it") foreach qw(replication_stream_cleartext replication_user_superuser);
is(said($standby, 'backup_evidence_missing'), 'unknown', 'standby: no backup is seen');

# the fix shuts out the stream without TLS, and that with it goes on
stream("host=$address user=copier sslmode=disable");
my $line = fix($primary, 'replication_stream_cleartext');
is($line, 'hostnossl all,replication "copier" all reject', 'the fix is a line of pg_hba.conf');
set_hba($primary, "$line\n$hba");
sql($primary, q{SELECT pg_terminate_backend(pid) FROM pg_stat_replication});
await($standby, q{SELECT count(*) = 0 FROM pg_stat_wal_receiver});
is(said($primary, 'replication_stream_cleartext'), 'pass', 'the fix ends it');
stream("hostaddr=$address host=server.example user=copier sslmode=verify-full $root");
set_hba($primary, $hba);

# a string that nothing connects with, one that is elsewhere, and none
configure($standby, primary_conninfo => q{host='open});
is(said($standby, 'primary_conninfo_weak'), 'unknown medium primary_conninfo sslmode', 'a connection string that libpq cannot read');
configure($standby, primary_conninfo => 'service=nowhere');
is(said($standby, 'primary_conninfo_weak'), 'unknown medium primary_conninfo sslmode', 'a service that only a file knows');
configure($standby, primary_conninfo => '');
is(said($standby, 'primary_conninfo_weak'), 'not_applicable', 'a standby that streams from nobody');
configure($standby, primary_conninfo => 'host=a sslrootcert=system');
is(said($standby, 'primary_conninfo_weak'), $major >= 16 ? 'pass' : 'fail medium primary_conninfo sslmode', "the system's authorities are known from 16 on");

# a standby that archives too
stream("host=$address user=copier sslmode=verify-ca $root");
configure($standby, archive_mode => 'always', archive_command => 'false %p');
$standby->restart;
sql($primary, 'CREATE TABLE x (); SELECT pg_switch_wal()');
await($standby, 'SELECT failed_count > 0 FROM pg_stat_archiver');
is(said($standby, 'wal_archiving_off_or_failing'), 'fail medium pg_stat_archiver', 'standby: archive_mode always, and it fails');

#
# Slots
#
is(said($primary, 'replication_slots_inactive', user => 'plain'), 'pass', 'plain: the slot is in use');
SKIP:
{
	skip 'standbys copy slots from 17 on', 9 if $major < 17;
	sql($primary, q{SELECT pg_create_logical_replication_slot('failing_over', 'pgoutput', failover => true)}, @app);
	configure($primary, synchronized_standby_slots => 'standby');
	# The copy is kept once the primary's slot has got further than the standby
	# was when it made the copy; 19 waits for that.
	my $copying = session($standby, @app);
	$copying->query(q{SET statement_timeout = '3s'});
	for (my $patience = 50; !value($standby, 'SELECT EXISTS (SELECT FROM pg_replication_slots WHERE NOT temporary)') && $patience > 0; $patience--)
	{
		$copying->send('SELECT pg_sync_replication_slots()');
		sql($primary, q{SELECT pg_log_standby_snapshot(); SELECT pg_replication_slot_advance('failing_over', pg_current_wal_lsn())}, @app);
		$primary->wait_for_catchup('walreceiver', 'replay', $primary->lsn('insert'));
		$copying->answer;
	}
	$copying->quit;
	is(value($standby, 'SELECT synced FROM pg_replication_slots'), 1, 'the standby has a copy of a slot');
	is(said($standby, 'replication_slots_inactive', user => $_), 'pass', "$_: which nobody consumes, as it should be") foreach $superuser, 'watcher', 'plain';
	is(said($primary, 'replication_slots_inactive'), 'fail medium failing_over', 'the one of the primary should have a consumer');
	sql($primary, q{SELECT pg_drop_replication_slot('failing_over')}, @app);
	configure($primary, synchronized_standby_slots => undef);
}
$standby->stop;
await($primary, 'SELECT NOT active FROM pg_replication_slots');
is(said($primary, 'replication_slots_inactive', user => $_), 'fail medium standby', "$_: its standby is gone") foreach $superuser, 'watcher';
is(said($primary, 'replication_slots_inactive', user => 'plain'), $major >= 17 ? 'unknown' : 'fail medium standby', 'plain: how long it may be gone is for the policy');
like(detail($primary, 'replication_slots_inactive'), qr/^slot standby \(physical\) has no consumer( for \d+ seconds)?; .* of WAL are kept for it, without limit$/, 'and what it keeps is told');
sql($primary, q{UPDATE rds_guard.policy SET value = DEFAULT WHERE name = 'inactive_slot_limit'}, dbname => $_) foreach qw(app plain);
is(said($primary, 'replication_slots_inactive'), $major >= 17 ? 'pass' : 'fail medium standby', 'from 17 on, not for as long as the policy allows');
sql($primary, q{UPDATE rds_guard.policy SET value = '0' WHERE name = 'inactive_slot_limit'}, dbname => $_) foreach qw(app plain);

# WAL that is removed nevertheless
configure($primary, max_slot_wal_keep_size => '1MB');
sql($primary, 'CREATE TABLE z (); DROP TABLE z; SELECT pg_switch_wal()') foreach 1 .. 3;
sql($primary, 'CHECKPOINT');
is(value($primary, 'SELECT wal_status FROM pg_replication_slots'), 'lost', 'the slot has lost its WAL');
is(said($primary, 'replication_slots_inactive'), 'fail low standby', 'a slot of no use');
like(detail($primary, 'replication_slots_inactive'), qr/is of no use any more \(wal_removed\)$/, 'and why');
sql($primary, fix($primary, 'replication_slots_inactive'));
is(said($primary, 'replication_slots_inactive'), 'pass', 'the fix ends it');
configure($primary, max_slot_wal_keep_size => undef);

# a plugin that nobody approved
sql($primary, q{SELECT pg_create_logical_replication_slot('decoded', 'test_decoding')}, @app);
is(said($primary, 'replication_slots_inactive'), 'fail low decoded PLUGIN test_decoding | fail medium decoded', 'a slot of another plugin');
sql($primary, q{UPDATE rds_guard.policy SET value = '["test_decoding"]' WHERE name = 'output_plugins'}, dbname => $_) foreach qw(app plain);
is(said($primary, 'replication_slots_inactive'), 'fail medium decoded | waived low decoded PLUGIN test_decoding', 'which the policy allows');
sql($primary, q{SELECT pg_drop_replication_slot('decoded')}, @app);
sql($primary, q{UPDATE rds_guard.policy SET value = DEFAULT WHERE name = 'output_plugins'}, dbname => $_) foreach qw(app plain);
my $session = session($primary, @app);
$session->query(q{SELECT pg_create_logical_replication_slot('passing', 'test_decoding', true)});
is(said($primary, 'replication_slots_inactive'), 'fail low passing PLUGIN test_decoding', 'one that ends with its session is in use');
is(fix($primary, 'replication_slots_inactive'), undef, 'and cannot be dropped');
$session->quit;

#
# A subscriber
#
my $subscriber = server('subscriber', hba => $hba, conf => "wal_level = logical\narchive_mode = off");
sql($subscriber, <<"END");
CREATE DATABASE app;
CREATE DATABASE plain;
CREATE ROLE copier LOGIN REPLICATION;
CREATE ROLE owner;
CREATE ROLE watcher LOGIN IN ROLE pg_monitor;
CREATE ROLE plain LOGIN;
END
sql($subscriber, 'CREATE EXTENSION rds_guard; GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO plain', @app);
install_plain($subscriber, dbname => 'plain');
sql($subscriber, 'GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO plain', dbname => 'plain');
sql($primary, 'CREATE TABLE orders (id integer PRIMARY KEY); CREATE TABLE parts (id integer PRIMARY KEY); GRANT SELECT ON orders, parts TO copier; CREATE PUBLICATION everything FOR TABLE orders, parts', @app);
sql($subscriber, 'CREATE TABLE orders (id integer PRIMARY KEY); CREATE TABLE parts (id integer PRIMARY KEY)', @app);
my @subscription = qw(subscription_conninfo_password subscription_no_tls);
is(said($subscriber, $_, user => 'plain'), 'pass', "plain: $_: there is none") foreach @subscription, 'subscription_weak_security';

my $publisher = "host=$address port=$port user=copier dbname=app";
sql($subscriber, "CREATE SUBSCRIPTION sub CONNECTION '$publisher sslmode=disable password=topsecret' PUBLICATION everything", @app);
sub subscribed
{
	my ($ssl) = @_;
	await($primary, "SELECT bool_and(s.ssl = $ssl) FROM pg_stat_replication AS r JOIN pg_stat_ssl AS s ON s.pid = r.pid WHERE r.application_name = 'sub' AND r.state = 'streaming'");
	await($subscriber, q{SELECT bool_and(srsubstate IN ('r', 's')) FROM pg_subscription_rel}, @app);
	return;
}
subscribed('false');
is(said($primary, 'replication_stream_cleartext'), 'fail high copier', 'a subscriber without TLS');
is(said($primary, 'replication_slots_inactive'), 'pass', 'its slot is in use, and pgoutput is known');
is(said($subscriber, 'subscription_conninfo_password'), 'fail high app.sub', 'its password is seen');
is(said($subscriber, 'subscription_no_tls'), 'fail medium app.sub', 'and that it wants no TLS');
foreach my $role (qw(watcher plain))
{
	is(said($subscriber, $_, user => $role), 'unknown', "$role: $_ is unknown") foreach @subscription;
	is(fix($subscriber, 'subscription_no_tls', user => $role), "GRANT SELECT (subconninfo) ON pg_catalog.pg_subscription TO $role;", 'and the GRANT is named');
}
sql($subscriber, "ALTER SUBSCRIPTION sub CONNECTION 'postgres://copier\@server.example:$port/app?hostaddr=$address&sslmode=verify-full&$root'", @app);
subscribed('true');
is(said($primary, 'replication_stream_cleartext'), 'pass', 'a subscriber with TLS');
is(said($subscriber, $_), 'pass', "$_: verified, and without a password") foreach @subscription;
sql($primary, 'INSERT INTO orders VALUES (1)', @app);
await($subscriber, 'SELECT count(*) = 1 FROM orders', @app);

# with whose rights
my $weak = 'subscription_weak_security';
if ($major < 16)
{
	is(verdict($subscriber, $weak, @app, user => $_), $major < 14 && $_ ne $superuser ? 'unknown' : 'pass', "$_: all tables are the administrators'")
	  foreach $superuser, 'watcher', 'plain';
	is(fix($subscriber, $weak, user => 'plain'), $major < 14 ? 'GRANT SELECT (oid) ON pg_catalog.pg_subscription TO plain;' : undef, '13 hides which tables they are');
	is(report($subscriber, $weak, dbname => 'plain')->[0]{status}, 'unknown', 'from another database it is not seen whose the tables are');
	sql($subscriber, 'ALTER TABLE orders OWNER TO owner', @app);
	is_deeply([ map { "$_->{status} $_->{severity} $_->{object}" } @{ report($subscriber, $weak, @app) } ], ['fail high app.sub SET run_as_owner'], 'a table is another role\'s');
	like(detail($subscriber, $weak), qr/public\.orders, where others can put triggers$/, 'and which');
	sql($subscriber, qq{ALTER TABLE orders OWNER TO "$superuser"; GRANT TRIGGER ON parts TO owner}, @app);
	like(detail($subscriber, $weak), qr/public\.parts, where others can put triggers$/, 'or another role may put triggers on it');
	sql($subscriber, 'REVOKE TRIGGER ON parts FROM owner; GRANT TRIGGER ON parts TO PUBLIC', @app);
	like(detail($subscriber, $weak), qr/public\.parts, where others can put triggers$/, 'or everybody may');
}
else
{
	is(said($subscriber, $weak, user => $_), 'fail low app.sub', "$_: a superuser's subscription") foreach $superuser, 'watcher', 'plain';
	sql($subscriber, 'ALTER SUBSCRIPTION sub SET (run_as_owner = true)', @app);
	is_deeply([ map { "$_->{severity} $_->{object}" } @{ report($subscriber, $weak, @app) } ], ['low app.sub SET run_as_owner'], 'run_as_owner, where all tables are the administrators\'');
	is_deeply([ map { "$_->{severity} $_->{object}" } @{ report($subscriber, $weak, dbname => 'plain') } ], ['medium app.sub SET run_as_owner'], 'whose they are is not seen from another database');
	is(report($subscriber, $weak, dbname => 'plain')->[0]{fix}, 'ALTER SUBSCRIPTION sub SET (run_as_owner = false); -- in database app', 'where the fix belongs is told');
	sql($subscriber, 'ALTER TABLE orders OWNER TO owner', @app);
	is_deeply([ map { "$_->{severity} $_->{object}" } @{ report($subscriber, $weak, @app) } ], ['high app.sub SET run_as_owner'], 'run_as_owner, and a table is another role\'s');
	like(detail($subscriber, $weak), qr/public\.orders, where others can put triggers$/, 'and which');
	sql($subscriber, fix($subscriber, $weak), @app);
	is(said($subscriber, $weak), 'fail low app.sub', 'the fix ends it');
	sql($subscriber, 'GRANT pg_create_subscription TO owner; GRANT CREATE ON DATABASE app TO owner; ALTER SUBSCRIPTION sub OWNER TO owner', @app);
	is(said($subscriber, $weak), 'pass', 'harmless twin: an owner who is no superuser');
	sql($subscriber, 'ALTER SUBSCRIPTION sub SET (password_required = false)', @app);
	is(said($subscriber, $weak), 'fail medium app.sub SET password_required', 'who need not have a password');
	sql($subscriber, fix($subscriber, $weak), @app);
	is(said($subscriber, $weak), 'pass', 'the fix ends it');
	sql($subscriber, "ALTER SUBSCRIPTION sub DISABLE; ALTER SUBSCRIPTION sub CONNECTION '$publisher sslmode=verify-full password=topsecret'", @app);
	is(said($subscriber, 'subscription_conninfo_password'), 'fail medium app.sub', 'a password that PostgreSQL demands weighs less');
	sql($subscriber, qq{ALTER SUBSCRIPTION sub OWNER TO "$superuser"; ALTER SUBSCRIPTION sub CONNECTION '$publisher sslmode=require'}, @app);
}

#
# Without archiving: a program that receives WAL is something
#
is(said($subscriber, 'wal_archiving_off_or_failing', user => $_), 'fail medium archive_mode', "$_: archive_mode is off") foreach $superuser, 'watcher', 'plain';
# it goes by its own name
delete local $ENV{PGAPPNAME};
my $receiver = IPC::Run::start [ 'pg_receivewal', '-D', PostgreSQL::Test::Utils::tempdir(), '-h', $subscriber->host, '-p', $subscriber->port, '-U', 'copier', '--no-loop' ], '>', \my $out, '2>', \my $err;
await($subscriber, q{SELECT EXISTS (SELECT FROM pg_stat_replication WHERE application_name = 'pg_receivewal')});
is(said($subscriber, 'wal_archiving_off_or_failing', user => $_), 'fail info archive_mode', "$_: pg_receivewal is seen") foreach $superuser, 'watcher';
is(said($subscriber, 'wal_archiving_off_or_failing', user => 'plain'), 'fail medium archive_mode', 'plain: it is not');
$receiver->signal('INT');
$receiver->finish;

sql($subscriber, 'DROP SUBSCRIPTION sub', @app);

#
# From 19 on a connection can come from a foreign server
#
SKIP:
{
	skip 'no CREATE SUBSCRIPTION ... SERVER here', 6 unless $major >= 19 && has_library('postgres_fdw');
	sql($subscriber, <<"END", @app);
CREATE EXTENSION postgres_fdw;
CREATE SERVER publisher FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$address', dbname 'app');
CREATE USER MAPPING FOR "$superuser" SERVER publisher OPTIONS (user 'copier', password 'topsecret');
CREATE USER MAPPING FOR PUBLIC SERVER publisher OPTIONS (user 'everybody');
CREATE SUBSCRIPTION other SERVER publisher PUBLICATION everything WITH (connect = false, slot_name = NONE);
END
	my $told = sub { join ' | ', map { "$_->{check_id} $_->{status} " . ($_->{object} // '') } @{ report($subscriber, \@subscription, @_) } };
	is($told->(@app), 'subscription_conninfo_password fail app.other | subscription_no_tls fail app.other', 'what the server and the mapping of the owner say');
	like(detail($subscriber, 'subscription_conninfo_password'), qr/keeps password in the user mapping of foreign server publisher$/, 'and where the password is');
	is($told->(dbname => 'plain'), 'subscription_conninfo_password unknown app.other | subscription_no_tls unknown app.other', 'from another database it is not seen');
	is($told->(@app, user => 'watcher'), 'subscription_conninfo_password unknown  | subscription_no_tls unknown ', 'watcher: nor without a right on the mappings');
	is(fix($subscriber, 'subscription_no_tls', user => 'watcher'), 'GRANT SELECT ON pg_catalog.pg_user_mapping TO watcher;', 'and the GRANT is named');
	sql($subscriber, "ALTER SERVER publisher OPTIONS (ADD sslmode 'verify-full', ADD sslrootcert '$certificates/server_ca.crt'); DROP USER MAPPING FOR \"$superuser\" SERVER publisher", @app);
	is($told->(@app), 'subscription_conninfo_password pass  | subscription_no_tls pass ', 'harmless twin: verified, and the mapping of all has no password');
	sql($subscriber, 'DROP SUBSCRIPTION other', @app);
}

$subscriber->stop;
$primary->stop;
done_testing();
