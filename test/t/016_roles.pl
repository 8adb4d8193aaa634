# Roles as pg_regress cannot have them: with the real set_user, with a session of
# their own, and with names in the encoding of another database.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

#
# set_user: installed is not effective
#
SKIP:
{
	skip 'set_user is not installed for this server (Debian: postgresql-N-set-user)', 12 unless has_library('set_user');

	my $check = 'set_user_missing_or_weak';
	my $node = server('set_user');
	sql($node, <<'EOT');
CREATE EXTENSION rds_guard;
CREATE ROLE monitor LOGIN IN ROLE pg_monitor;
CREATE ROLE seer LOGIN;
CREATE ROLE dba LOGIN SUPERUSER;
GRANT EXECUTE ON FUNCTION rds_guard.report(text[]) TO seer;
GRANT SELECT ON rds_guard.policy TO seer;
EOT
	is(verdict($node, $check), 'fail: shared_preload_libraries', 'two superusers and no set_user');
	is(report($node, $check)->[0]{fix}, q{ALTER SYSTEM SET shared_preload_libraries = 'set_user'; -- then restart the server}, 'which could be loaded');
	is(report($node, $check, user => 'seer')->[0]{status}, 'fail', 'everybody sees that it is missing');
	# loaded into one session it is nobody's but that one's
	sql($node, 'CREATE FUNCTION load_it() RETURNS void LANGUAGE plpgsql AS $$ BEGIN LOAD \'set_user\'; END $$');
	like(sql($node, "SELECT load_it(); SELECT string_agg(object, ' ' ORDER BY object) FROM rds_guard.report('{$check}')"),
		qr/shared_preload_libraries/, 'loaded by LOAD it is not loaded');

	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'set_user'");
	$node->restart;
	is(verdict($node, $check), 'fail: set_user.nosuperuser_target_allowlist | set_user.superuser_allowlist', 'as installed it lets everybody become anybody');
	my ($superuser_list) = grep { $_->{object} eq 'set_user.superuser_allowlist' } @{ report($node, $check) };
	is($superuser_list->{fix}, undef, 'who is meant only the site knows');
	is(report($node, $check, user => 'seer')->[0]{status}, 'unknown', 'what is preloaded not everybody may see');
	is(verdict($node, $check, user => 'monitor'), verdict($node, $check), 'a monitor may');

	configure($node, 'set_user.superuser_allowlist' => 'dba', 'set_user.nosuperuser_target_allowlist' => '');
	is(verdict($node, $check), 'pass', 'with lists and the blocks that are on it is effective');
	configure($node, 'set_user.superuser_allowlist' => ' "*" ');
	is(verdict($node, $check), 'fail: set_user.superuser_allowlist', 'a star in quotes is one as well');
	configure($node, 'set_user.superuser_allowlist' => 'dba', map { ("set_user.$_" => 'off') } qw(block_alter_system block_copy_program block_log_statement exit_on_error));
	is(verdict($node, $check), 'fail: ' . join(' | ', map { "set_user.$_" } qw(block_alter_system block_copy_program block_log_statement exit_on_error)),
		'each block that is off is named');
	foreach my $fix (map { $_->{fix} } @{ report($node, $check) })
	{
		sql($node, $fix);
	}
	reload($node);
	is(verdict($node, $check), 'pass', 'and the fixes switch them on');
	$node->stop;
}

#
# orphan_roles: a session is a sign of life
#
my $node = server('roles');
sql($node, 'CREATE EXTENSION rds_guard; CREATE ROLE lonely LOGIN; CREATE ROLE monitor LOGIN IN ROLE pg_monitor');
is(verdict($node, 'orphan_roles'), 'fail: lonely', 'a role with nothing');
my $session = session($node, user => 'lonely');
is(verdict($node, 'orphan_roles'), 'pass', 'but a session');
is(verdict($node, 'orphan_roles', user => 'monitor'), 'pass', 'which everybody sees');
$session->quit;
for (my $patience = 100; value($node, q{SELECT count(*) FROM pg_stat_activity WHERE usename = 'lonely'}) > 0 && $patience > 0; $patience--)
{
	Time::HiRes::usleep(50_000);
}
is(verdict($node, 'orphan_roles'), 'fail: lonely', 'as long as it lasts');

$node->stop;
done_testing();
