# A server that looks like Amazon RDS or Aurora to SQL: that it does, and that
# the report runs there for the master user, who is no superuser, for a monitor
# and for an application. No check breaks, and as master user next to none is
# unknown; those that are say what would decide them. The edition without
# library, which is the one to be had there, says nothing better to any role than
# the one with it would.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use RdsLike;
use Test::More;

# What of the real thing can be imitated, as whoever asks sees it.
sub looks_like_rds
{
	my ($node, $flavor) = @_;
	my $major = major($node);
	my %role = map { $_->{name} => $_->{attributes} } @{ rows($node, <<'SQL', master()) };
SELECT r.rolname AS name,
       concat_ws(' ', CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolcanlogin THEN 'login' END, CASE WHEN NOT r.rolinherit THEN 'noinherit' END,
                 CASE WHEN r.rolcreaterole THEN 'createrole' END, CASE WHEN r.rolcreatedb THEN 'createdb' END,
                 CASE WHEN r.rolreplication THEN 'replication' END, CASE WHEN r.rolbypassrls THEN 'bypassrls' END, r.rolvaliduntil) AS attributes
FROM pg_catalog.pg_roles AS r WHERE r.rolname !~ '^pg_'
SQL
	is_deeply(\%role, {
			rdsadmin => 'superuser login createrole createdb replication bypassrls infinity',
			master => 'login createrole createdb infinity',
			(map { $_ => '' } qw(rds_superuser rds_replication rds_password rds_iam rds_ad)),
			(map { $_ => 'noinherit' } qw(rds_extension rds_reserved)),
			$flavor eq 'aurora' ? (rdswriteforwarduser => 'login') : (),
			$flavor eq 'rds' && $major < 17 ? (rdsrepladmin => 'noinherit replication') : (),
			$flavor eq 'rds' ? (rdstopmgr => 'login infinity') : ()
		},
		"$flavor: roles and attributes");
	is(value($node, q{(SELECT string_agg(m.role::text, ' ' ORDER BY m.role) FROM rds_guard.role_memberships('master') AS m WHERE m.depth = 2 AND m.how = 'inherit')}, master()),
		join(' ', sort qw(pg_monitor pg_signal_backend rds_password rds_replication),
			$major >= 15 ? qw(pg_checkpoint pg_read_all_data pg_write_all_data) : (),
			$major >= 16 ? qw(pg_create_subscription pg_use_reserved_connections) : (),
			$major >= 17 ? 'pg_maintain' : ()),
		"$flavor: what rds_superuser is a member of");
	is(value($node, q{(SELECT count(*) FROM pg_hba_file_rules)}, master()) > 5 ? 'yes' : 'no', 'yes', "$flavor: the master user reads pg_hba.conf");
	foreach my $relation (qw(pg_authid pg_shadow pg_file_settings))
	{
		my (undef, undef, $err) = try_sql($node, "SELECT * FROM $relation", master());
		like($err, qr/permission denied/, "$flavor: but not $relation");
	}
	my (undef, undef, $err) = try_sql($node, 'SELECT', dbname => 'rdsadmin', user => 'master');
	like($err, qr/permission denied for database/, "$flavor: nor does it get into the provider's database");
	is(value($node, q{(SELECT count(*) FROM pg_settings WHERE name ~ '^rds[.]' AND name <> 'rds.force_ssl')}, master()), 9, "$flavor: settings of RDS are real");
	is(value($node, q{rds_guard.has_setting('rds.force_ssl')}, master()), 0, "$flavor: which rds.force_ssl is not");
	return;
}

# The checks that a role cannot decide, without those that depend on which
# release this happens to be.
sub undecided
{
	my ($report) = @_;
	my %unknown = map { $_->{check_id} => 1 } grep { $_->{status} eq 'unknown' && $_->{check_id} !~ /^(version_|cve_)/ } @$report;
	return join ' ', sort keys %unknown;
}

# What the edition without library in database app says better to a role than
# the other one in a copy of that database: pass where that fails, fewer objects,
# or anything but unknown and not_applicable where that says so.
sub better
{
	my ($node, $role) = @_;
	my @better;
	foreach my $question (qw(report my_report))
	{
		my ($without, $with) = map { decided(rows($node, "SELECT * FROM rds_guard.$question()", dbname => $_, user => $role)) } qw(app with_library);
		# the owner of the extension is another, as is the name of the database
		push @better, map { "$question: $_: $without->{$_} and not $with->{$_}" }
		  grep { $without->{$_} !~ /^(unknown|not_applicable)$/ && $without->{$_} ne $with->{$_} } sort keys %$with;
	}
	return @better;
}

foreach my $flavor ('aurora', 'rds')
{
	my $node = rds_server($flavor, flavor => $flavor, multi_az => $flavor eq 'rds');
	sql($node, 'CREATE DATABASE with_library TEMPLATE app OWNER master');
	install_plain($node, master());
	sql($node, 'CREATE EXTENSION rds_guard', dbname => 'with_library');
	looks_like_rds($node, $flavor);

	# a login on top of each role that RDS has, one that watches, one that works
	my @kinds = (qw(rds_replication rds_password rds_iam rds_ad rds_extension rds_reserved), 'pg_monitor');
	sql($node, "CREATE ROLE with_$_ LOGIN PASSWORD 'only a fixture'; GRANT $_ TO with_$_;", @app) foreach @kinds;
	sql($node, "CREATE ROLE application LOGIN PASSWORD 'only a fixture'", @app);
	set_hba($node, rds_hba('forced_tls'));
	is(value($node, '(SELECT platform || privilege_level || admin_role FROM rds_guard.platform())', @app, user => $_->[0]), "$flavor$_->[1]rds_superuser",
		"$flavor: platform() for $_->[0]")
	  foreach [ master => 'provider_admin' ], [ with_pg_monitor => 'pg_monitor' ], [ application => 'plain' ];

	# and what is wrong here and there
	foreach my $database (qw(app with_library))
	{
		sql($node, <<'SQL', dbname => $database);
CREATE SCHEMA shop;
CREATE TABLE shop.customers (name text);
GRANT USAGE ON SCHEMA shop TO PUBLIC;
GRANT SELECT ON shop.customers TO PUBLIC;
CREATE FUNCTION shop.peek() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM shop.customers';
ALTER FUNCTION shop.peek() OWNER TO master;
GRANT UPDATE ON shop.customers TO with_rds_password;
SQL
	}
	sql($node, <<'SQL');
CREATE ROLE groups; GRANT rds_iam TO groups; CREATE ROLE nested LOGIN NOINHERIT; GRANT groups TO nested;
CREATE ROLE second LOGIN PASSWORD 'only a fixture'; GRANT rds_superuser TO second;
SET password_encryption = 'md5'; CREATE ROLE old LOGIN PASSWORD 'only a fixture'; ALTER ROLE application SET log_min_messages = 'fatal';
GRANT rds_ad TO groups; GRANT pg_read_all_stats TO application WITH ADMIN OPTION; ALTER ROLE old SET password_encryption = 'md5';
SQL

	my %report;
	foreach my $role ('master', 'with_pg_monitor', 'application', $flavor eq 'rds' ? map { "with_$_" } grep { $_ ne 'pg_monitor' } @kinds : ())
	{
		sql($node, "GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO $role; GRANT SELECT ON rds_guard.policy TO $role", master()) if $role ne 'master';
		$report{$role} = report($node, undef, @app, user => $role);
		no_errors($report{$role}, "$flavor: no check breaks for $role");
		no_errors(rows($node, 'SELECT * FROM rds_guard.my_report()', @app, user => $role), "$flavor: nor one of my_report()");
		is_deeply([ map { $_->{check_id} } grep { $_->{status} eq 'unknown' && ($_->{fix} // $_->{remedy} // '') eq '' } @{ $report{$role} } ],
			[], "$flavor: what is unknown to $role says what would decide it");
		is_deeply([ map { "$_->{check_id}: " . ($_->{remedy} // '') } grep { $_->{status} eq 'unknown' && ($_->{remedy} // '') =~ /(?<!rds_)superuser[.]/ } @{ $report{$role} } ],
			[], "$flavor: which is no superuser's session");

		my @there = (dbname => 'with_library', user => $role);
		sql($node, "GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO $role; GRANT SELECT ON rds_guard.policy TO $role", dbname => 'with_library');
		no_errors(report($node, undef, @there), "$flavor: no check of the other edition breaks for $role");
		is_deeply([ better($node, $role) ], [], "$flavor: the edition without library says nothing better to $role");
	}

	is_deeply(
		[ map { "$_->{check_id}: $_->{object}" } grep { $_->{status} eq 'fail' && ($_->{object} // '') =~ /\b(rdsadmin|rdstopmgr|rdsrepladmin|rdswriteforwarduser|rds_[a-z]+)\b(?!\.)/ } @{ $report{master} } ],
		[], "$flavor: no finding is about a role or database of the provider");
	my %status = map { $_->{check_id} => $_->{status} } grep { $_->{status} ne 'not_applicable' } @{ $report{master} };
	my %unknown = map { $_->{check_id} => 1 } grep { $_->{status} eq 'unknown' } @{ $report{master} };
	my $share = keys(%unknown) / keys(%status);
	note(sprintf '%s: %d of %d applicable checks are unknown to the master user: %s', $flavor, scalar keys %unknown, scalar keys %status, join ' ', sort keys %unknown);
	cmp_ok($share, '<=', 0.1, "$flavor: the master user can decide nine checks in ten");
	is(undecided($report{master}), 'rds_admin_logging rds_log_retention scram_low_iterations',
		"$flavor: all but what no role there sees, and parameters that perhaps none does");
	$node->stop;
}

#
# Without the library the settings of RDS are names that anybody could have made
# up: what rests on them is unknown, not as the file says.
#
my $node = rds_server('stock', library => 0);
install_plain($node, master());
is(sql($node, 'SHOW rds.accepted_password_auth_method', master()), 'md5+scram', 'a name in a file is shown');
is_deeply(
	verdicts($node, [qw(rds_accepted_password_method rds_password_commands_unrestricted)], master()),
	{ map { $_ => 'unknown' } qw(rds_accepted_password_method rds_password_commands_unrestricted) },
	'and proves nothing');
sql($node, q{ALTER DATABASE app SET pgaudit.log = 'all'}, @app);
is_deeply(
	verdicts($node, [qw(pgaudit_not_loaded pgaudit_log_insufficient)], master()),
	{ pgaudit_not_loaded => 'fail: shared_preload_libraries', pgaudit_log_insufficient => 'not_applicable' },
	'nor does pgaudit.log without pgaudit');
is(value($node, '(SELECT platform FROM rds_guard.platform())', @app, user => 'master'), 'rds', 'RDS is told by what only the provider can make');
$node->stop;
done_testing();
