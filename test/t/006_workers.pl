# Processes without a client have no connection to examine: connection() says
# so with 0A000 and does not take the server down, in a logical apply worker,
# in a parallel worker and in an autovacuum worker, with and without library.
# The facts about the ways in are there in each of them.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use JSON::PP;
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

my $certificates = PostgreSQL::Test::Utils::tempdir();
make_certificates($certificates);
my $node = server('workers', conf => <<"END");
ssl = on
ssl_cert_file = '$certificates/server.crt'
ssl_key_file = '$certificates/server.key'
ssl_ca_file = '$certificates/server_ca.crt'
wal_level = logical
autovacuum_naptime = 1s
autovacuum_vacuum_cost_delay = 0
END
my $major = major($node);
my $postmaster = (split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0];
sql($node, 'CREATE DATABASE pub; CREATE DATABASE c; CREATE DATABASE plain');
sql($node, q{CREATE ROLE app LOGIN PASSWORD 'app'});
write_ident($node, 'mapped somebody app');
sql($node, 'CREATE EXTENSION rds_guard', dbname => 'c');
install_plain($node, dbname => 'plain');

# The facts about the ways in: rows, or for nobody without the library.
my %facts = (
	(map { $_ => 'rows' } q{hba_match('app', 'c', NULL, NULL)}, qw{hba_rules() hba_access() hba_reach() ident_mappings() audit_coverage() audit_changers()}),
	(map { $_ => '0A000' } qw{server_certificates() tls_ciphers() openssl() weak_passwords()}),
	'server_files()' => '42501');
my $calls = join ', ', map { '$f$' . $_ . '$f$' } sort keys %facts;

sub expected_facts
{
	my ($edition) = @_;
	return { map { $_ => $edition eq 'c' ? 'rows' : $facts{$_} } keys %facts };
}

# The table whose trigger asks in the worker what it can see there.
my $table = 'CREATE TABLE asked (id integer PRIMARY KEY, process text, sqlstate text, message text, statuses jsonb, facts jsonb);';
my $ask_facts = <<"SQL";
CREATE FUNCTION ask_facts() RETURNS jsonb LANGUAGE plpgsql AS \$\$
DECLARE
	call text;
	answer text;
	answers jsonb := '{}';
BEGIN
	FOREACH call IN ARRAY ARRAY[$calls] LOOP
		BEGIN
			EXECUTE 'SELECT CASE WHEN count(*) > 0 THEN ''rows'' ELSE ''none'' END FROM rds_guard.' || call INTO answer;
		EXCEPTION
			WHEN OTHERS THEN
				answer := SQLSTATE;
		END;
		answers := answers || pg_catalog.jsonb_build_object(call, answer);
	END LOOP;
	RETURN answers;
END
\$\$;
SQL
my $trigger = <<'SQL';
CREATE FUNCTION ask() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.process := (SELECT backend_type FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid());
	BEGIN
		PERFORM FROM rds_guard.connection();
		NEW.sqlstate := 'none';
	EXCEPTION
		WHEN OTHERS THEN
			NEW.sqlstate := SQLSTATE;
			NEW.message := SQLERRM;
	END;
	NEW.facts := public.ask_facts();
	NEW.statuses := (SELECT pg_catalog.jsonb_object_agg(r.check_id, r.status) FROM rds_guard.report() AS r);
	RETURN NEW;
END
$$;
CREATE TRIGGER ask BEFORE INSERT ON asked FOR EACH ROW EXECUTE FUNCTION ask();
ALTER TABLE asked ENABLE ALWAYS TRIGGER ask;
SQL

#
# Logical replication within one cluster needs a slot that is made by hand.
#
sql($node, "$table CREATE PUBLICATION p FOR TABLE asked", dbname => 'pub');
foreach my $edition (qw(c plain))
{
	my $publisher = connection_string($node, dbname => 'pub');
	$publisher =~ s/'/''/g;
	sql($node, "SELECT pg_create_logical_replication_slot('s_$edition', 'pgoutput')", dbname => 'pub');
	sql($node, $table . $ask_facts . $trigger, dbname => $edition);
	sql($node, "CREATE SUBSCRIPTION s_$edition CONNECTION '$publisher' PUBLICATION p WITH (create_slot = false, slot_name = 's_$edition', copy_data = false)",
		dbname => $edition);
}
sql($node, 'INSERT INTO asked VALUES (1)', dbname => 'pub');
foreach my $edition (qw(c plain))
{
	$node->poll_query_until($edition, 'SELECT count(*) = 1 FROM asked') or die 'nothing was replicated';
	my ($row) = @{ rows($node, 'SELECT * FROM asked', dbname => $edition) };
	is($row->{process} =~ /^logical replication (apply )?worker$/ ? 'apply worker' : $row->{process}, 'apply worker', "$edition: the trigger ran in the apply worker");
	is_deeply([ @$row{qw(sqlstate message)} ], [ '0A000', 'this process serves no client connection' ],
		"$edition: connection() raises 0A000 in the apply worker");
	is_deeply($row->{facts}, expected_facts($edition), "$edition: the ways in are seen in the apply worker");
	is_deeply([ grep { $row->{statuses}{$_} eq 'error' } sort keys %{ $row->{statuses} } ], [], "$edition: report() breaks nowhere in the apply worker");
	is($row->{statuses}{tls_current_session}, 'not_applicable', "$edition: there is no session whose encryption could be judged");
	is(scalar(keys %{ $row->{statuses} }), value($node, q{SELECT count(*) FROM rds_guard.checks WHERE scope IN ('server', 'session')}, dbname => $edition),
		"$edition: and no check is missing");
	sql($node, "ALTER SUBSCRIPTION s_$edition DISABLE; ALTER SUBSCRIPTION s_$edition SET (slot_name = NONE); DROP SUBSCRIPTION s_$edition", dbname => $edition);
}

#
# A parallel worker: connection() is not parallel safe, so that the server does
# not run it there by itself; a function that lies about this does.
#
my $force = $major >= 16 ? 'debug_parallel_query' : 'force_parallel_mode';
is_deeply(
	rows($node, q{SELECT p.proname, p.proparallel FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
		WHERE p.pronamespace = 'rds_guard'::regnamespace AND l.lanname = 'c' AND p.proparallel = 's'}, dbname => 'c'),
	[], 'no function in C is parallel safe');
foreach my $edition (qw(c plain))
{
	sql($node, <<'SQL', dbname => $edition);
CREATE FUNCTION lie() RETURNS bigint PARALLEL SAFE LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT count(*) FROM rds_guard.connection());
END
$$;
SQL
	my (undef, undef, $error) = try_sql($node, "\\set VERBOSITY verbose\nSET $force = on; SELECT lie()", dbname => $edition);
	is(join(' ', $error =~ /ERROR:  (\w+): (this process serves no client connection)|(CONTEXT: .*)parallel worker/s ? ($1, $2) : $error),
		'0A000 this process serves no client connection', "$edition: connection() raises 0A000 in a parallel worker");
	is($error =~ /parallel worker/ ? 1 : 0, 1, "$edition: it really was one");
	# no subtransactions there: one at a time
	my %seen;
	foreach my $call (sort keys %facts)
	{
		my ($status, undef, $err) = try_sql($node, <<"SQL", dbname => $edition);
\\set VERBOSITY verbose
CREATE OR REPLACE FUNCTION lie_about_facts() RETURNS text PARALLEL SAFE LANGUAGE plpgsql AS \$\$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'RG000', MESSAGE = (SELECT CASE WHEN count(*) > 0 THEN 'rows' ELSE 'none' END FROM rds_guard.$call);
END
\$\$;
SET $force = on;
SELECT lie_about_facts();
SQL
		$seen{$call} = $err !~ /parallel worker/ ? "no parallel worker: $err" : $err =~ /ERROR:  RG000: (\w+)/ ? $1 : $err =~ /ERROR:  (\w{5}): / ? $1 : $err;
	}
	# what needs a subtransaction is refused by the server itself
	my $expected = expected_facts($edition);
	is_deeply({ map { $_ => $seen{$_} eq '25000' ? $expected->{$_} : $seen{$_} } keys %seen },
		$expected, "$edition: the ways in are seen in a parallel worker");
	is($seen{'hba_access()'}, 'rows', "$edition: and some really are") if $edition eq 'c';
	is(sql($node, "SET $force = on; SELECT count(*) FROM rds_guard.connection()", dbname => $edition), '1',
		"$edition: connection() itself runs in the leader");
	no_errors(report($node, undef, dbname => $edition, options => "-c $force=on"),
		"$edition: report() breaks nowhere while the server makes everything parallel that it may");
}

#
# An autovacuum worker evaluates the expressions of indexes.
#
foreach my $edition (qw(c plain))
{
	my $before = log_size($node);
	sql($node, <<'SQL', dbname => $edition);
CREATE TABLE indexed (id integer) WITH (autovacuum_analyze_threshold = 1, autovacuum_analyze_scale_factor = 0);
CREATE FUNCTION in_worker(integer) RETURNS integer IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF (SELECT backend_type FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()) = 'autovacuum worker' THEN
		BEGIN
			PERFORM FROM rds_guard.connection();
			RAISE LOG 'in autovacuum: no error';
		EXCEPTION
			WHEN OTHERS THEN
				RAISE LOG 'in autovacuum: % %', SQLSTATE, public.ask_facts();
		END;
	END IF;
	RETURN $1;
END
$$;
CREATE INDEX ON indexed (in_worker(id));
INSERT INTO indexed SELECT generate_series(1, 100);
SQL
	$node->wait_for_log(qr/in autovacuum: /, $before);
	my ($said, $answers) = log_since($node, $before) =~ /in autovacuum: (\w+) (\{.*\})/;
	is_deeply(JSON::PP->new->decode($answers // '{}'), expected_facts($edition), "$edition: the ways in are seen in an autovacuum worker");
	is($said, '0A000', "$edition: connection() raises 0A000 in an autovacuum worker");
	sql($node, 'DROP TABLE indexed', dbname => $edition);
}

#
# The server is the same as in the beginning.
#
is((split /\n/, slurp_file($node->data_dir . '/postmaster.pid'))[0], $postmaster, 'the postmaster has not changed');
my $log = log_since($node, 0);
is(join("\n", $log =~ /^.*(?:was terminated by signal|terminating any other active server processes|PANIC|TRAP).*$/mg), '', 'no process died');

$node->stop;
done_testing();
