# RdsLike.pm: servers that look like Amazon RDS or Aurora to SQL, for scripts of
# test/t. What of it is true and what cannot be is told in test/fixtures/rds.sql.

package RdsLike;

use strict;
use warnings;

use Exporter 'import';
use IPC::Run;
use PostgreSQL::Test::Utils;
use RdsGuard;

our @EXPORT = qw(rds_server rds_hba master @app);

# where a customer works, and as who
our @app = (dbname => 'app');

# Everybody has the master user's password.
my $password = 'only a fixture';

# The shapes that pg_hba.conf has, without TLS being forced, and with TLS and
# IAM. Customers have no socket, but tests come in by it.
my $local = <<'EOT';
local all rdsadmin peer map=owner
local all all md5
host all rdsadmin all reject
host rdsadmin all all reject
EOT
my %hba = (
	optional_tls => <<'EOT',
host all all all md5
host replication all samehost md5
EOT
	forced_tls => <<'EOT',
hostssl all all all scram-sha-256
host replication all samehost md5
EOT
	iam => <<'EOT',
hostssl all +rds_iam all pam
hostssl all all all scram-sha-256
host replication all samehost md5
EOT
);

# rds_hba(SHAPE): the text of a pg_hba.conf: optional_tls, forced_tls or iam
sub rds_hba
{
	my ($shape) = @_;
	return $local . $hba{$shape};
}

# The library that RDS loads first, as far as tests need it.
sub build_library
{
	my $file = PostgreSQL::Test::Utils::tempdir() . '/rdsutils.so';
	my $headers = `pg_config --includedir-server`;
	chomp $headers;
	IPC::Run::run [ 'cc', '-O1', '-Wall', '-Werror', '-fPIC', '-shared', "-I$headers", '-o', $file, "$tree/test/fixtures/rdsutils.c" ]
	  or die 'cannot build test/fixtures/rdsutils.c';
	return $file;
}

# rds_server(NAME, flavor => 'rds', hba => 'iam', multi_az => 0, conf => TEXT,
# settings => 'rds.x=1 ...', library => 1, preload => 'pgaudit'): such a server,
# started. SETTINGS are further ones that pg_settings is to show. Without the
# library no setting of RDS is real and, from 15 on, the rights of rds_superuser
# stop short of pg_read_all_data, which would open pg_authid.
sub rds_server
{
	my ($name, %with) = @_;
	%with = (flavor => 'rds', hba => 'iam', library => 1, conf => '', settings => '', preload => '', %with);
	$superuser = 'rdsadmin';
	# also for when it is restarted
	$ENV{RDS_LIKE_SETTINGS} = $with{settings};

	my $conf = slurp_file("$tree/test/fixtures/rds.conf");
	$conf =~ s/^(rds.extensions = '\w+)/$1, aurora_stat_utils/m if $with{flavor} eq 'aurora';
	$conf .= "shared_preload_libraries = '" . join(',', grep { $_ } $with{library} ? build_library() : '', $with{preload}) . "'\n";

	# nobody's address, so that the server has a network and is not on it
	my $node = server($name, superuser => $superuser, start => 0, listen => "127.0.0.1,$nowhere", conf => $conf . $with{conf});
	make_certificates($node->data_dir);
	write_ident($node, 'owner ' . getpwuid($<) . ' rdsadmin');
	write_hba($node, rds_hba($with{hba}));
	my $can_tls = `pg_config --configure` =~ /--with-(openssl|ssl)/;
	$node->append_conf('postgresql.conf', $can_tls ? 'ssl = on' : '');
	$ENV{PGPASSWORD} = $password;
	$node->start;
	sql($node, join "\n",
		"\\set flavor $with{flavor}",
		$with{multi_az} ? '\set multi_az 1' : '',
		$with{library} ? '\set read_all_data 1' : '',
		slurp_file("$tree/test/fixtures/rds.sql"));
	return $node;
}

# master(): how the master user connects to its database
sub master
{
	return (@app, user => 'master');
}

1;
