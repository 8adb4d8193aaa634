# The edition without library is never better than the one with it: on one
# database full of mistakes each check says the same in both, or the edition
# without library says unknown or not_applicable. Whether psql or CREATE EXTENSION
# installs it makes no difference. And it installs for a role that may do nothing
# but create a schema.

use strict;
use warnings;

use File::Basename;
use FindBin;
use lib "$FindBin::RealBin/../perl";

use JSON::PP;
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

my $extensions = own_extensions();
my $node = server(
	'editions',
	listen => "127.0.0.1,$nowhere",
	conf => has_pgaudit() ? "shared_preload_libraries = 'pgaudit'\npgaudit.log = 'ddl'" : '',
	hba => "local all all trust\nhost all all all md5");
my $major = major($node);
my @app = (dbname => 'app');
sql($node, 'CREATE DATABASE app');
sql($node, "\\set major $major\n" . slurp_file("$tree/test/fixtures/tap/mistakes.sql"), @app);
sql($node, 'CREATE ROLE owner LOGIN CONNECTION LIMIT 5; ALTER DATABASE app OWNER TO owner');

# Who asks, and what. The owner of the edition without library need not be a
# superuser: here a role that is allowed to call the report stands for it.
my @everything = qw(report my_report);
my %callers = ($superuser => \@everything, monitor => \@everything, owner => \@everything, plain => ['my_report'], developer => ['my_report']);

my %facts = (
	role_memberships => 'SELECT * FROM rds_guard.role_memberships() ORDER BY member, role, how',
	'role_memberships of one' => q{SELECT * FROM rds_guard.role_memberships('climber', 'second_super') ORDER BY how},
	# without our own, of which there are not the same
	effective_privileges => q{SELECT * FROM rds_guard.effective_privileges() AS p WHERE p.object !~ '^rds_guard\.' ORDER BY p.*},
	privilege_summary => 'SELECT * FROM rds_guard.privilege_summary() AS s ORDER BY s.role',
	membership_edges => 'SELECT * FROM rds_guard.membership_edges() ORDER BY member, role',
	escalation_paths => 'SELECT * FROM rds_guard.escalation_paths()',
	audit_coverage => 'SELECT * FROM rds_guard.audit_coverage()',
	audit_changers => 'SELECT * FROM rds_guard.audit_changers() AS c ORDER BY c.*',
	'escalation_paths of one' => q{SELECT * FROM rds_guard.escalation_paths('climber')},
	password_verifiers => 'SELECT * FROM rds_guard.password_verifiers() ORDER BY role',
	connection => q{SELECT to_jsonb(c) - '{pid,unseen,auth_identity}'::text[] AS c FROM rds_guard.connection() AS c},
	checks => 'SELECT * FROM rds_guard.checks',
	definitions => 'SELECT * FROM rds_guard.check_definitions ORDER BY check_id');

# Everything that callers can name, but for the language and the bodies
my %shapes = (
	functions => q{SELECT p.proname AS name, pg_get_function_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result,
			p.provolatile AS volatility, p.proisstrict AS strict, obj_description(p.oid, 'pg_proc') IS NOT NULL AS explained
		FROM pg_proc AS p WHERE p.pronamespace = 'rds_guard'::regnamespace ORDER BY p.proname, 2},
	columns => q{SELECT c.relname AS relation, c.relkind AS kind, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type
		FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE c.relnamespace = 'rds_guard'::regnamespace AND c.relkind <> 'i' ORDER BY c.relname, a.attnum},
	enums => q{SELECT t.typname AS type, e.enumlabel AS label FROM pg_enum AS e JOIN pg_type AS t ON t.oid = e.enumtypid
		WHERE t.typnamespace = 'rds_guard'::regnamespace ORDER BY t.typname, e.enumsortorder},
	grants => q{SELECT q.name, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END AS grantee, a.privilege_type
		FROM (SELECT p.oid::regprocedure::text AS name, p.proacl AS acl, 'f'::"char" AS kind, p.proowner AS owner FROM pg_proc AS p WHERE p.pronamespace = 'rds_guard'::regnamespace
			UNION ALL
			SELECT c.relname, c.relacl, 'r', c.relowner FROM pg_class AS c WHERE c.relnamespace = 'rds_guard'::regnamespace AND c.relkind IN ('r', 'v')) AS q
		CROSS JOIN LATERAL aclexplode(coalesce(q.acl, acldefault(q.kind, q.owner))) AS a ORDER BY 1, 2, 3});

sub observe
{
	my %seen;
	sql($node, 'GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO owner', @app);
	foreach my $role (sort keys %callers)
	{
		$seen{$role}{$_} = rows($node, "SELECT * FROM rds_guard.$_()", @app, user => $role) foreach @{ $callers{$role} };
	}
	$seen{fact}{$_} = rows($node, $facts{$_}, @app) foreach keys %facts;
	$seen{shape}{$_} = rows($node, $shapes{$_}, @app) foreach keys %shapes;
	return \%seen;
}

sql($node, 'CREATE EXTENSION rds_guard', @app);
my $c = observe();
sql($node, 'DROP EXTENSION rds_guard', @app);
# CREATE EXTENSION makes the schema, but PostgreSQL leaves it behind; only an
# empty one can be dropped like this
sql($node, 'DROP SCHEMA rds_guard', @app);
install_plain($node, @app);
my $plain = observe();
sql($node, 'SET client_min_messages = warning; DROP SCHEMA rds_guard CASCADE', @app);
system_or_bail('make', '-s', '-C', $tree, 'tle') unless -e "$tree/dist/rds_guard_tle.sql";
foreach my $file (glob("$tree/dist/dbdev/rds_guard*"))
{
	unlink "$extensions/" . basename($file);
	system_or_bail('cp', $file, $extensions);
}
sql($node, 'CREATE EXTENSION rds_guard', @app);
my $tle = observe();

#
# Verdicts
#
sub by_check
{
	my ($report) = @_;
	my %by_check;
	push @{ $by_check{ $_->{check_id} } }, $_ foreach @$report;
	return \%by_check;
}

# what only the library can look at; on RDS it is the provider's
my %needs_library = map { $_ => 1 } qw(hba_file_perms tls_private_key_perms log_destination_missing);

foreach my $role (sort keys %callers)
{
	foreach my $question (@{ $callers{$role} })
	{
		my $name = "$question() as " . ($role eq $superuser ? 'superuser' : $role);
		my ($with, $without) = map { by_check($_->{$role}{$question}) } $c, $plain;
		is_deeply([ sort keys %$without ], [ sort keys %$with ], "$name: both editions have the same checks");
		no_errors($_->[1]{$role}{$question}, "$name: no check of edition $_->[0] breaks") foreach [ c => $c ], [ sql => $plain ];

		my (@better, @vaguer, @different);
		foreach my $check (sort keys %$with)
		{
			my ($c_status, $sql_status) = map { $_->{$check}[0]{status} } $with, $without;
			next if $needs_library{$check} && $sql_status eq 'unknown';
			if ($sql_status ne $c_status)
			{
				push @{ $sql_status =~ /^(unknown|not_applicable)$/ ? \@vaguer : \@better }, "$check: $c_status, $sql_status";
			}
			elsif (explained($with->{$check}) ne explained($without->{$check}))
			{
				push @different, [ explained($with->{$check}), explained($without->{$check}) ];
			}
		}
		is_deeply(\@better, [], "$name: the edition without library says nothing better");
		# only the library can guess passwords, and ask OpenSSL for its mode
		@vaguer = grep { !/^(weak_password_offline|fips_mode): / } @vaguer;
		is_deeply(\@vaguer, [], "$name: nor does it know less, on a Unix socket");
		is_deeply(\@different, [], "$name: all findings are the same in every column");
	}
}

sub explained
{
	return JSON::PP->new->canonical->pretty->encode($_[0]);
}

# Which libraries a fix has to keep not everybody sees.
sub without_preload
{
	my ($findings) = @_;
	return [ map { +{ %$_, ($_->{object} // '') eq 'shared_preload_libraries' ? (fix => undef) : () } } @$findings ];
}

cmp_ok(scalar(grep { $_->{status} eq 'fail' } @{ $c->{$superuser}{report} }), '>', 40, 'there was much to find');
is_deeply([ map { $_->{check_id} } grep { $_->{status} eq 'fail' } @{ $c->{plain}{my_report} } ],
	['own_superuser_path'], 'and about the plain role nothing but the file that everybody may read');

#
# Facts and shapes
#
foreach my $fact (sort keys %facts)
{
	my ($with, $without) = map { $_->{fact}{$fact} } $c, $plain;
	if ($fact eq 'definitions')
	{
		# text for text, or the edition without library has another rule
		is_deeply([ map { $_->{check_id} } grep { $without->[$_]{rule} ne $with->[$_]{rule} } 0 .. $#$with ], [], 'the rules are the same in both editions');
	}
	else
	{
		is_deeply($without, $with, "$fact: the same in both editions");
	}
}
cmp_ok(scalar(@{ $c->{fact}{role_memberships} }), '>', 30, 'there were memberships to compare');

# the helpers of the edition without library, and what the other one has behind
# what it remembers
my $own = qr{^(rds_guard\.)?(role_walks|privilege_objects|hba_(merge|pieces|walk|histories|shares)|fresh_\w+)\b};
foreach my $shape (sort keys %shapes)
{
	is_deeply([ grep { ($_->{name} // '') !~ $own } @{ $plain->{shape}{$shape} } ],
		[ grep { ($_->{name} // '') !~ $own } @{ $c->{shape}{$shape} } ],
		"$shape: the same in both editions");
}
is(value($node, 'SELECT count(*) FROM pg_proc WHERE prolang = (SELECT oid FROM pg_language WHERE lanname = $$c$$) AND pronamespace = $$rds_guard$$::regnamespace', @app),
	'0', 'the extension without library has none');
foreach my $kind (sort keys %$plain)
{
	is_deeply($tle->{$kind}{$_}, $plain->{$kind}{$_}, "$kind $_: the same for psql and as an extension") foreach sort keys %{ $plain->{$kind} };
}
is_deeply([ grep { !$_->{explained} } map { @{ $_->{shape}{functions} } } $c, $plain ], [], 'each function has a comment');

#
# A role that may do nothing but create a schema
#
sql($node, <<'SQL');
CREATE DATABASE small;
REVOKE ALL ON DATABASE small FROM PUBLIC;
CREATE ROLE installer LOGIN;
GRANT CONNECT, CREATE ON DATABASE small TO installer;
SQL
my @installer = (dbname => 'small', user => 'installer');
install_plain($node, @installer);
my $report = report($node, undef, @installer);
no_errors($report, 'installed by a plain role: no check breaks');
is_deeply([ sort keys %{ by_check($report) } ], [ sort keys %{ by_check($c->{$superuser}{report}) } ], 'installed by a plain role: no check is missing');

# what a plain role can decide it does, as the superuser would
my $as_superuser = by_check(report($node, undef, dbname => 'small'));
is_deeply(
	[
		map { "$_->[0]{check_id}: $_->[0]{status}" }
		grep { $_->[0]{status} !~ /^(unknown|not_applicable)$/ && explained(without_preload($_)) ne explained(without_preload($as_superuser->{ $_->[0]{check_id} })) }
		values %{ by_check($report) }
	],
	[], 'installed by a plain role: what it can decide is right');
is_deeply(
	# whatever release is installed
	[ sort map { $_->{check_id} } grep { $_->{status} eq 'unknown' && $_->{check_id} !~ /^(version_|cve_)/ } @$report ],
	[
		sort qw(tls_cleartext_sessions tls_legacy_protocol_sessions superuser_session_remote shared_account_many_clients tls_not_enforced
		superuser_password_auth md5_password_hashes scram_low_iterations password_no_expiry login_without_password
		duplicate_password_hash nologin_role_with_password password_policy_missing password_policy_weak
		hba_trust hba_cleartext_password_method hba_ident_method hba_superuser_remote hba_replication_open hba_ldap_insecure
		hba_parse_error_stale hba_md5_method hba_wide_cidr hba_shadowed_rule hba_all_databases_all_users hba_ident_map_wildcard
		hba_clientcert_incomplete hba_dns_name_rule hba_gss_realm_stripped unix_socket_permissions
		replication_stream_cleartext replication_user_superuser backup_evidence_missing),
		qw(alter_system_overrides config_file_errors pending_restart_security external_command_settings preload_libraries_unknown
		library_or_extension_path_nondefault),
		value($node, q{SELECT rds_guard.has_setting('output_plugin_libraries')}, @installer) ? 'output_plugin_libraries_widened' : (),
		$major < 19 ? 'hba_radius_removed' : (),
		$major >= 18 ? 'hba_oauth_weak' : (),
		keys %needs_library,
		has_pgaudit() ? 'pgaudit_not_loaded' : ()
	],
	'installed by a plain role: what it cannot decide is unknown');
no_errors(rows($node, 'SELECT * FROM rds_guard.my_report()', @installer), 'installed by a plain role: my_report() works');
is(value($node, 'SELECT count(*) FROM rds_guard.summary', @installer), value($node, 'SELECT count(DISTINCT category) + 1 FROM rds_guard.report()', @installer),
	'installed by a plain role: so does summary');
sql($node, q{DROP SCHEMA rds_guard CASCADE}, @installer);
install_plain($node, @installer);
is(value($node, q{SELECT count(*) FROM rds_guard.checks}, @installer), value($node, 'SELECT count(*) FROM rds_guard.checks', @app),
	'installed by a plain role: removed and installed again');

$node->stop;
done_testing();
