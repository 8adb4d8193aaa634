# Nothing that a plain role plants runs when a superuser installs and uses
# rds_guard with that role's objects in front of the search path: a twin of each
# function and operator of pg_catalog, and views and types by the names of its
# own. Whatever of it runs says so in the server's log.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

# with TLS, so that there are certificates to look at
my $node = server('trojan', start => 0, listen => '127.0.0.1', conf => 'ssl = on');
make_certificates($node->data_dir);
$node->start;
my $major = major($node);

#
# What the plain role plants
#
sql($node, 'CREATE ROLE mallory LOGIN');
sql($node, 'CREATE DATABASE c');
sql($node, 'CREATE DATABASE plain');

my $plant = <<'EOT';
SET search_path = pg_catalog;
SET client_min_messages = warning;
CREATE FUNCTION public.mark(what text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog
AS $$ BEGIN RAISE LOG 'TROJAN % ran as %', what, current_user; RETURN true; END $$;

-- each function and aggregate under its own name with its own arguments, as
-- far as PL/pgSQL can be written with them, then each operator of these
DO $do$
DECLARE
    p record;
    planted integer[] := '{0,0,0}';
BEGIN
    FOR p IN SELECT f.oid, f.proname, oidvectortypes(f.proargtypes) AS arguments, f.prorettype::regtype AS result, f.proretset
             FROM pg_proc AS f
             WHERE f.pronamespace = 'pg_catalog'::regnamespace AND f.prokind IN ('f', 'a') LOOP
        BEGIN
            EXECUTE format('CREATE FUNCTION public.%I(%s) RETURNS %s%s LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog
                            AS $$ BEGIN RAISE LOG ''TROJAN function %% ran as %%'', %L, current_user; RETURN%s; END $$',
                           p.proname, p.arguments, CASE WHEN p.proretset THEN 'SETOF ' ELSE '' END, p.result,
                           p.oid::regprocedure, CASE WHEN p.proretset OR p.result = 'void'::regtype THEN '' ELSE ' NULL' END);
            planted[1] := planted[1] + 1;
        EXCEPTION WHEN OTHERS THEN
        END;
    END LOOP;
    FOR p IN SELECT o.oprname, o.oprleft::regtype AS l, o.oprright::regtype AS r, o.oprcode
             FROM pg_operator AS o
             WHERE o.oprnamespace = 'pg_catalog'::regnamespace LOOP
        BEGIN
            EXECUTE format('CREATE OPERATOR public.%s (%s RIGHTARG = %s, FUNCTION = public.%I)',
                           p.oprname, CASE WHEN p.l <> 0 THEN format('LEFTARG = %s,', p.l) ELSE '' END, p.r,
                           (SELECT f.proname FROM pg_proc AS f WHERE f.oid = p.oprcode));
            planted[2] := planted[2] + 1;
        EXCEPTION WHEN OTHERS THEN
        END;
    END LOOP;
    FOR p IN SELECT c.relname, r.source
             FROM pg_class AS c
             CROSS JOIN LATERAL (SELECT CASE WHEN has_table_privilege(c.oid, 'SELECT') THEN c.relname ELSE 'pg_roles' END) AS r (source)
             WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v') LOOP
        BEGIN
            EXECUTE format('CREATE VIEW @schema@.%I AS SELECT * FROM pg_catalog.%I WHERE public.mark(%L)',
                           p.relname, p.source, 'view @schema@.' || p.relname);
            EXECUTE format('GRANT SELECT ON @schema@.%I TO PUBLIC', p.relname);
            planted[3] := planted[3] + 1;
        EXCEPTION WHEN OTHERS THEN
        END;
    END LOOP;
    RAISE WARNING 'planted %', planted;
END
$do$;
EOT
# built-in types have these names in what they are written as, too
my @types = qw(text name oid regclass regtype regrole regnamespace jsonb json inet aclitem bool int4 int8 timestamptz);
$plant .= "CREATE DOMAIN public.$_ AS pg_catalog.$_ CHECK (public.mark('type $_'));\n" foreach @types;
(my $plant_temp = $plant) =~ s/\@schema\@/pg_temp/g;
$plant =~ s/\@schema\@/public/g;
# what the superuser's session has in pg_temp by mistake: only the views
$plant_temp =~ s/.*?(FOR p IN SELECT c\.relname)/SET search_path = pg_catalog;\nDO \$do\$ DECLARE p record; planted integer[] := '{0,0,0}'; BEGIN $1/s;
$plant_temp =~ s/CREATE DOMAIN .*//s;

# the words of the server about what was run, without repetitions
sub ran
{
	my ($before) = @_;
	my %ran = map { $_ => 1 } log_since($node, $before) =~ /LOG:  TROJAN (.*)/g;
	return [ sort keys %ran ];
}

# The path that lets it run
my @path = (options => '-c search_path=public,pg_temp,pg_catalog');

#
# A call of each function; an edition that has another one must be told here.
#
my $instances = q{'{"DBInstances": [{"DBInstanceIdentifier": "a", "Engine": "postgres"}]}'};
my $network = q{rds_guard.aws_bundle('[{"DBInstances": [{"DBInstanceIdentifier": "a", "Engine": "postgres", "Endpoint": {"Port": 5432},
	"VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1"}], "DBSubnetGroup": {"VpcId": "vpc-1", "Subnets": [{"SubnetIdentifier": "s"}]}}]},
	{"SecurityGroups": [{"GroupId": "sg-1", "IpPermissions": [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}], "IpPermissionsEgress": []}]},
	{"RouteTables": [{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Associations": [{"Main": true}], "Routes": []}]},
	{"UserName": "u", "PolicyName": "p", "PolicyDocument": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}},
	{"Role": {"RoleName": "r", "AssumeRolePolicyDocument": {"Statement": []}}}]', 'a')};
my $policy = q{'{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Condition": {"Bool": {"a": "b"}}}}'};
my $conditions = q{'[{"key": "a", "set": null, "operator": "bool", "values": ["b"], "if_exists": false}]'};
my %calls = (
	(map { $_ => $network } qw(aws_admitted aws_endpoints aws_group_rules aws_own_ids aws_own_name aws_policies aws_roles aws_subnet_routes aws_subnets aws_used_keys
		  aws_absent_replicas aws_has_policies aws_originals aws_replica_source aws_replicas aws_unread_policies)),
	(map { $_ => $policy } qw(aws_policy_document aws_policy_statements)),
	(map { $_ => $conditions } qw(aws_demands_mfa aws_refuses_without_mfa)),
	(map { $_ => "$conditions, '{a}'" } qw(aws_demands aws_refuses_others)),
	(map { $_ => q{'{a*,b?}'} } qw(aws_connect_targets aws_gap aws_like aws_some)),
	(map { $_ => q{'["a", "b"]'} } qw(aws_elements aws_strings)),
	aws_acl_opening => q{'[{"RuleNumber": 1, "Protocol": "-1", "RuleAction": "allow", "Egress": false, "CidrBlock": "0.0.0.0/0"}]', 5432},
	aws_all_of_it => q{'arn:aws:rds:*'},
	aws_takes_all => q{'{arn:aws:rds:*:*:db*}'},
	aws_lets_off => q{'{"key": "aws:principalarn", "operator": "stringnotlike", "values": ["x"]}'},
	aws_conditions => q{'{"Bool": {"a": "b"}}'},
	aws_covers => q{'{a*}', '{ab}'},
	aws_given => q{'{}', '{DBInstances}'},
	aws_grant_evidence => q{'{a}', '{b}', '{c}', '{}', '{*}', NULL, '[]', '{a}'},
	aws_grant_sentence => q{'{a}', '{b}', false, '{*}', NULL, '[]'},
	aws_grants => "$network, '{rds:ModifyDBInstance}'",
	aws_is_pinned => q{'aws:sourceip', '10.0.0.0/8'},
	aws_is_private => q{'10.0.0.0/8'},
	aws_is_world => q{'{0.0.0.0/1,128.0.0.0/1}'},
	aws_unread_regions => "$network, 'get-detector'",
	aws_list_gap => q{'a', 'arn:aws:rds:eu-west-1:1:db:a', 'pl-1', 'b', '{}'},
	aws_key_id => q{'arn:aws:kms:eu-west-1:123456789012:key/k'},
	aws_matching => q{'{rds:*}', '{rds:ModifyDBInstance}'},
	aws_network => q{'10.0.0.0/8'},
	aws_open_statements => "$policy, '{kms:Decrypt}', '{a}'",
	aws_optional => "$network, 'DBInstances'",
	aws_powerful_actions => '',
	aws_principals => q{'{"AWS": ["*", "123456789012"]}'},
	aws_revoke => q{'arn:aws:rds:eu-west-1:123456789012:db:shop', 'sg-1', NULL, 'tcp', 1, 2, '10.0.0.0/8'},
	aws_spoken_of => q{NULL, '{rds:*}', '{kms:Decrypt}'},
	aws_without => q{'10.0.0.0/8', '{10.0.0.0/9}'},
	(map { $_ => '' } qw(administrators aws_kinds certificate_command certificate_exists client_connections column_acls connection dangerous_functions
		  default_privileges_public edition effective_privileges examined_certificates file_times_visible hba_effective_rules hba_is_narrow hba_let_in hba_lines
		  hba_open_lines hba_problems hba_reach hba_require hba_rules hba_unreachable hba_unseen hba_visible ident_mappings ident_problems
		  ident_unseen internal_roles listens_on_network load_visible md5_password_count membership_edges my_report network_listeners on_rds
		  openssl owned_kinds parameter_privileges password_hooks password_kinds password_verifiers pgaudit_in_force platform
		  preloaded_libraries privilege_summary report revocation_lists role_memberships roles_without_password server_certificates setting_overrides
		  running_tls superuser_reachers tle_features tls_ciphers tls_files_unchanged tls_hint tls_in_force tls_offers tricky_characters user_databases weak_passwords widened_grants)),
	likely_passwords => '100, 31',
	(map { $_ => q{'log_statement'} } qw(effective_overrides has_setting known_setting server_setting server_value setting setting_lookup value_behind_session values_in_force)),
	(map { $_ => q{'{a,"b c"}'} } qw(cut_path hba_list hba_matches_anything hba_options path_text)),
	(map { $_ => q{'one "x" 2'} } qw(ident is_printable printable not_applicable hba_name)),
	(map { $_ => 10 } qw(role_name is_trusted)),
	(map { $_ => q{ROW('ssl_cert_file', NULL, 'server.crt', 1, 'leaf', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'newer', NULL)::rds_guard.server_certificate} }
		  qw(certificate_name certificate_remark)),
	borrowed_files => q{'pg_hba.conf'},
	as_grantor => q{10, 10, 'x'},
	certificates_unseen => 'true, true',
	tls_unseen => q{'ssl_ciphers'},
	attribute_holders => q{'CREATEDB'},
	change_owner => q{'mallory', 'public', 'mallory'},
	define_check => q{'planted', 'own', 'low', 'title', 'why', 'remedy', '{}',
		'SELECT r.rolname::text, lower(r.rolname), format(''%s'', 1), jsonb_build_object(1, r.oid) FROM pg_roles AS r WHERE r.rolname = ''mallory'''},
	(map { $_ => '' } qw(escalation_by_catalog escalation_by_code escalation_by_grant escalation_by_ownership escalation_by_server
		  escalation_paths escalation_steps escalation_unseen loopback_mappings scheduled_jobs)),
	(map { $_ => '' } qw(cron_jobs cron_table jobs_unseen passwords_unseen)),
	function_callers => q{'{870}'},
	(map { $_ => '' } qw(profiles log_destinations log_directory_inside log_output log_tables prefix_is_written standard_error)),
	(map { $_ => '' } qw(audit_changers audit_coverage audit_settings audit_values audited_objects pgaudit_event_triggers pgaudit_lost_records)),
	recorded_sessions => q{(SELECT settings FROM rds_guard.audit_values() LIMIT 1)},
	role_audited_objects => 10,
	is_accepted => q{'pgaudit.log', 'all, "READ"'},
	is_logged => q{'notice', 'warning'},
	log_line_prefix_escapes => q{'%m [%p] %q%u'},
	value_fix => q{'log_statement', 'ddl', 'role', NULL, 'mallory'},
	(map { $_ => '' } qw(connection_secrets last_base_backup replication_slots subscription_connections subscriptions wal_receivers)),
	(map { $_ => q{'postgres://a:b@c/d?e=f%20g'} } qw(archive_command_fault connection_options keyword_options uri_decode uri_options)),
	(map { $_ => q{'{"host": "a,b", "hostaddr": "10.0.0.1,"}'} } qw(connection_faults connection_targets)),
	(map { $_ => q{'mallory', 'mallory'} } qw(applied_tables subscription_name)),
	alter_subscription => q{'mallory', 'mallory', 'DISABLE'},
	server_options => q{10, 'mallory'},
	(map { $_ => '' } qw(file_settings newer_configuration require_file_settings)),
	(map { $_ => q{'{fsync,search_path}'} } qw(settings_in_force)),
	(map { $_ => q{'search_path'} } qw(is_secret_setting path_names values_behind_ours)),
	(map { $_ => '' } qw(known_majors known_releases known_vulnerabilities running_release)),
	day_text => 'current_date',
	is_prerelease => q{'19rc1'},
	release_state => '150004, current_date, 120',
	version_text => 150004,
	vulnerabilities_of => 150004,
	vulnerability_way => q{'extension pgcrypto'},
	(map { $_ => '' } qw(host_keys keys_among_certificates server_file_names server_files tls_hosts)),
	holds_private_key => q{'pg_hba.conf'},
	crl_next_update => q{'pg_hba.conf'},
	files_beside_key => q{'server.key'},
	chmod_fix => q{'a', '0600'},
	file_changed => q{'pg_hba.conf'},
	file_modes => q{'{/}'},
	open_folder_detail => q{'/a', 'world', '/a/b'},
	code_names => q{'SELECT lower(x) FROM pg_class JOIN "a".b ON true'},
	function_creators => 'true',
	grantees => qq{'{=r/$superuser}', 'SELECT'},
	holders => q{'{10}', '{0}', '{3374}', NULL},
	path_schemas => q{'"$user", public', 10},
	shortest_paths => q{'{1,2}', '{2,3}', NULL, '{1}', '{3}'},
	explain_check => q{'superuser_count'},
	fingerprint => q{'a', 'b'},
	function_name => 1242,
	hba_access => "'$superuser'",
	hba_asks => q{'md5', '{map=x}'},
	hba_by_socket => "'$superuser'",
	hba_bearer => q{'/^a'},
	hba_doubt => q{'x', true},
	hba_error => q{'could not parse RADIUS secrets list "x"'},
	hba_first_match => qq{'$superuser', 'postgres', NULL, NULL},
	hba_groups => "'$superuser'",
	hba_histories => 'NULL, true',
	hba_match => qq{'$superuser', 'postgres', '10.0.0.1', true},
	hba_merge => q{'{10.0.0.0/9,10.128.0.0/9}'},
	hba_names_database => q{'{samerole,x,/x}', 'y', 'x', '{+x}', false},
	hba_names_role => q{'{+x,y,/z}', 'z', '{+a}', false},
	hba_newer => q{'{pg_hba.conf}'},
	hba_path => q{'@a b', '/x/y'},
	hba_paths => q{'{NULL}'},
	hba_pattern_matches => q{'abc', '/^a'},
	hba_pieces => q{'{10.0.0.0/8}'},
	hba_quoting => qq{'} . $node->data_dir . qq{/pg_hba.conf'},
	hba_shares => 'NULL, true',
	hba_sources => q{'{pg_hba.conf}'},
	hba_walk => q{'{1,2}', '{11,01}', '{true,true}', B'11'},
	hba_is_wide => q{'all', '{10.0.0.0/8}', 16, 64},
	hba_new_line => q{'host', '{all}', '{all}', 'all', 'gss', '{a=true}'},
	hba_written_options => q{'gss', '{include_realm=true}'},
	is_valid_text => q{'x'},
	ident_role_matches => q{'+pg_monitor', 'mallory'},
	is_private_network => q{'10.0.0.0/8'},
	is_wide => q{'10.0.0.0/8', 16, 64},
	merge_networks => q{'{10.0.0.0/9,10.128.0.0/9}'},
	hba_line => q{'host', '{all}', '{all}', 'all', 'md5', '{a=b}'},
	is_granted_by_provider => q{'pg_monitor', 'mallory'},
	is_loopback => q{'127.0.0.1'},
	library_names => q{'a, "b"'},
	log_connections_aspects => q{'on'},
	log_threshold => q{'warning'},
	logging_strength => q{'log_statement', 'ddl'},
	network => q{'10.0.0.0', '255.0.0.0'},
	object_name => q{'TABLE', 1259},
	override_target => q{'a', 'b'},
	owned_objects => q{true, '{view}'},
	pgaudit_classes => q{'all, -read'},
	policy_names => q{'owners'},
	policy_number => q{'sprawl_share'},
	policy_kind => q{'word'},
	policy_problem => q{'["a", 1]', 'role names', NULL},
	policy_value => q{'owners', 'list'},
	policy_word => q{'log_hostname'},
	use_profile => q{'cis'},
	privilege_objects => 'NULL',
	relation_name => 1259,
	revoke_membership => q{'pg_read_all_stats', 'pg_monitor'},
	revoke_statements => qq{'{=r/$superuser}', 10, 0, 'x', 'SELECT', NULL},
	role_walks => q{NULL, NULL, '{inherit,use}'},
	aws_arg => q{'a b'},
	aws_arn => q{'arn:aws:rds:eu-west-1:123456789012:db:shop', 'region'},
	aws_bool => q{'{"a": true}', 'a'},
	aws_bundle => $instances,
	aws_call => q{'rds modify-db-instance', 'arn:aws:rds:eu-west-1:123456789012:db:shop'},
	aws_captured => q{'{"about": {"captured": "2026-01-02T03:04:05Z"}}'},
	aws_command => q{'DBInstances'},
	aws_continues => q{'{"Marker": "x"}'},
	aws_databases => "rds_guard.aws_bundle($instances)",
	aws_day => q{'2026-01-02 03:04:05+00'},
	aws_detail => q{NULL, 'x', '{}', '{a,b}'},
	aws_documents => $instances,
	aws_evidence => q{NULL, '{"a": 1}', '{a,b}'},
	aws_fits => q{'{"a": {"b": 1}}', 'a', 'object', '{b}'},
	aws_fix => q{NULL, 'x', NULL},
	aws_has => q{'{}', 'DBInstances'},
	aws_holds_documents => q{'{"a": {"DBInstances": []}}'},
	aws_here => q{'{"about": {"instance": "a"}, "DBInstances": [{"DBInstanceIdentifier": "a", "DbiResourceId": "db-a", "Engine": "postgres"}]}'},
	aws_instances => "rds_guard.aws_bundle($instances)",
	aws_items => "rds_guard.aws_bundle($instances), 'DBInstances'",
	aws_list => q{'{"a": []}', 'a'},
	aws_major => q{'16.4-R2'},
	aws_missing => q{'DBInstances'},
	aws_modify => q{'instance', 'a b', 'x'},
	aws_named_for => q{'{shop,eu-west-1}', '123456789012:eu-west-1'},
	aws_number => q{'{"a": 1}', 'a'},
	aws_open_databases => "rds_guard.aws_bundle($instances)",
	aws_origin => q{'[{"DBInstanceArn": "arn:aws:rds:eu-west-1:123456789012:db:shop"}]'},
	aws_parameter_groups => "rds_guard.aws_bundle($instances)",
	aws_parameters => "rds_guard.aws_bundle($instances), '{rds.force_ssl}'",
	aws_place => q{'arn:aws:rds:eu-west-1:123456789012:db:shop'},
	aws_report => $instances,
	aws_same_value => q{'bool', '1', 'on'},
	aws_set_parameters => q{'instance', 'g', 'x', '{a=b=immediate}'},
	aws_shown => q{'{"a": 1}', 'a'},
	aws_snapshot_name => q{'arn:aws:rds:eu-west-1:123456789012:snapshot:s'},
	aws_snapshots => q{'{"DBSnapshots": [{"DBSnapshotIdentifier": "s", "Engine": "postgres"}]}'},
	aws_text => q{'{"a": "b"}', 'a'},
	aws_time => q{'{"a": "2026-01-02T03:04:05Z"}', 'a'},
	aws_restorers_unread => q{NULL},
	aws_unread_snapshots => q{'{"about": {"truncated": []}}'},
	aws_unread => q{'{"about": {"truncated": []}}', '{DBInstances}'},
	aws_words => q{'eu-west-1/prod.json'},
	run_check => q{'superuser_count'},
	run_checks => q{NULL, '{server,session,role}'},
	run_rule => q{'SELECT lower(r.rolname), NULL, NULL, NULL FROM pg_roles AS r WHERE r.rolname = current_user'},
	selected_checks => q{NULL, '{server}'},
	setting_fix => q{'log_statement', 'ddl'},
	timeout_seconds => q{'5min'},
	type_name => 25,
	unknown => q{'reason', 'hint'});
# what the library calls when it has nothing to remember
$calls{"fresh_$_"} = $calls{$_} foreach keys %calls;

foreach my $edition (qw(c plain))
{
	my %to = (dbname => $edition);
	sql($node, 'GRANT CREATE ON SCHEMA public TO mallory', %to) if $major >= 15;
	my (undef, undef, $planted) = try_sql($node, $plant, %to, user => 'mallory');
	like($planted, qr/WARNING:  planted \{\d{4,},\d{3,},\d{2,}\}$/, "edition $edition: mallory plants");
	note($planted);

	# It works: who names things without a schema on this path runs them.
	my $before = log_size($node);
	sql($node, q{SELECT lower('x'); SELECT 'a'::pg_catalog.name = 'b'; SELECT 1 FROM pg_settings; SELECT 'x'::text}, %to, @path);
	is_deeply(
		ran($before),
		[ map { "$_ ran as $superuser" } 'function lower(text)', 'function nameeq(name,name)', 'type text', 'view public.pg_settings' ],
		"edition $edition: what was planted runs where nothing protects from it");

	# Installing
	$before = log_size($node);
	if ($edition eq 'c')
	{
		sql($node, 'CREATE EXTENSION rds_guard', %to, @path);
	}
	else
	{
		install_plain($node, %to, @path);
		# upgraded
		install_plain($node, %to, @path);
	}
	is_deeply(ran($before), [], "edition $edition: nothing planted runs while it is installed");

	# Using, with views of the same names in the session's own pg_temp
	# define_check() fires the trigger function
	my @functions = split /\n/, sql($node, q{SELECT DISTINCT proname FROM pg_proc
		WHERE pronamespace = 'rds_guard'::regnamespace AND prorettype <> 'trigger'::regtype ORDER BY 1}, %to);
	my @views = split /\n/, sql($node, q{SELECT relname FROM pg_class WHERE relnamespace = 'rds_guard'::regnamespace AND relkind = 'v' ORDER BY 1}, %to);
	is_deeply([ grep { !defined $calls{$_} } @functions ], [], "edition $edition: this test calls each function");

	my $session = session($node, %to, @path);
	my (undef, $err) = $session->query($plant_temp);
	like($err, qr/WARNING:  planted \{0,0,\d{2,}\}/, "edition $edition: so does the session for itself");
	$session->query('SET search_path = public, pg_temp, pg_catalog; SET client_min_messages = warning');
	$before = log_size($node);
	$session->query('SELECT 1 FROM pg_temp.pg_roles LIMIT 1');
	is_deeply(ran($before), ["view pg_temp.pg_roles ran as $superuser"], "edition $edition: and these views run");

	$before = log_size($node);
	my %failed;
	foreach my $call ((map { "$_(" . ($calls{$_} // '') . ')' } @functions), @views)
	{
		my ($out, $error) = $session->query("SELECT * FROM rds_guard.$call");
		$failed{ $call =~ s/\W.*//sr } = $error =~ s/.*?ERROR:  //sr =~ s/\n.*//sr if $error ne '';
	}
	# the check of the site's own has come with define_check()
	my ($out, $error) = $session->query(q{SELECT * FROM rds_guard.run_check('planted')});
	like($out, qr/\|mallory\|mallory\|.*\|1\|/, "edition $edition: a check of the site's own sees the catalogs as they are");
	my %fails = (not_applicable => 'one "x" 2', unknown => 'reason');
	if ($edition ne 'c')
	{
		$fails{$_} = 'SQL does not show owner and mode of files, only the library of rds_guard does' foreach qw(file_modes server_files);
		$fails{$_} = 'without its library rds_guard cannot read certificates' foreach qw(server_certificates examined_certificates);
		$fails{$_} = 'without its library rds_guard cannot ask OpenSSL what this server would negotiate' foreach qw(tls_offers tls_ciphers);
		$fails{openssl} = 'without its library rds_guard cannot ask OpenSSL for its version and mode';
		$fails{$_} = 'passwords can be tested only with the library of rds_guard' foreach qw(weak_passwords likely_passwords);
		$fails{log_output} = q{where the server's standard error goes can only be told with the library};
		$fails{$_} = 'without its library rds_guard does not look into files of the server' foreach qw(crl_next_update holds_private_key keys_among_certificates server_file_names);
		$fails{tls_hosts} = 'without its library rds_guard cannot read hosts_file';
	}
	is_deeply(\%failed, \%fails, "edition $edition: every function and view works");
	is_deeply(ran($before), [], "edition $edition: and nothing planted runs");
	is(value($node, q{SELECT count(*) FROM rds_guard.report() WHERE status = 'error'}, %to), 0, "edition $edition: no check breaks");
	$session->quit;
}

#
# The report without an installation
#
{
	my %to = (dbname => 'plain');
	sql($node, 'SET client_min_messages = warning; DROP SCHEMA rds_guard CASCADE', %to);
	my $before = log_size($node);
	my $out = sql($node, slurp_file("$tree/dist/rds_guard_once.sql"), %to, @path);
	like($out, qr/^HIGH  .*^ ?all /ms, 'once: it works');
	is_deeply(ran($before), [], 'once: nothing planted runs');
}

#
# Who made the schema rds_guard beforehand could plant into it: neither edition
# is installed there.
#
sql($node, 'CREATE DATABASE taken');
sql($node, 'GRANT CREATE ON DATABASE taken TO mallory');
sql($node, 'CREATE SCHEMA rds_guard', dbname => 'taken', user => 'mallory');
my ($status, undef, $err) = try_sql($node, 'CREATE EXTENSION rds_guard', dbname => 'taken');
like($err, qr/ERROR:  schema rds_guard belongs to another role/, 'edition c: is not installed into a schema of another role');
eval { install_plain($node, dbname => 'taken') };
like($@, qr/ERROR:  schema rds_guard belongs to another role/, 'edition plain: is not installed into a schema of another role');

$node->stop;
done_testing();
