# RdsGuard.pm: what the scripts of test/t share: servers whose configuration is
# as initdb makes it, connections of any kind, and reports as Perl data.
#
# Uses only what PostgreSQL::Test::Cluster has in every version from 13 to 19.

package RdsGuard;

use strict;
use warnings;

use Carp;
use Cwd;
use Exporter 'import';
use File::Basename;
use File::Path;
use File::Temp;
use IO::Socket::INET;
use IPC::Run;
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(stat time usleep);

our @EXPORT = qw(
  $superuser $tree $nowhere
  server major own_address has_pgaudit has_library own_extensions install_plain
  set_hba write_hba write_ident write_file configure reload log_size log_since wait_for_end
  sql try_sql rows value connection_string session stopped
  report verdict verdicts statuses decided no_errors
  openssl make_certificates
);

# the role that initdb makes, and that "peer" lets in
our $superuser = getpwuid($<);

# the checkout that this file belongs to
our $tree = Cwd::abs_path(dirname(__FILE__) . '/../..');

# An address for documentation, RFC 5737: nobody has it, so that a server whose
# listen_addresses names it listens on the network without doing so.
our $nowhere = '203.0.113.1';

# the servers that have that edition in a database
my %without_library;

# What a developer keeps in ~/.postgresql must not come along.
$ENV{HOME} = PostgreSQL::Test::Utils::tempdir();
$ENV{PGCLIENTENCODING} = 'UTF8';

# server(NAME, conf => TEXT, hba => TEXT, listen => ADDRESSES, start => 0,
# superuser => NAME): a server whose configuration is as initdb -A trust makes
# it, apart from what keeps it to this test, and from CONF. HBA replaces
# pg_hba.conf.
sub server
{
	my ($name, %with) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	my $file;

	$node->init(extra => [ '--encoding=UTF8', '--locale=C', $with{superuser} ? "--username=$with{superuser}" : () ]);

	# initdb's own words, without what Cluster.pm added
	$file = $node->data_dir . '/postgresql.conf';
	my $conf = slurp_file($file);
	$conf =~ s/\n# Added by Postgre.*//s;
	open my $out, '>', $file or die "$file: $!";
	print $out $conf;
	close $out;

	$node->append_conf(
		'postgresql.conf', join "\n", '',
		'port = ' . $node->port,
		"unix_socket_directories = '" . $node->host . "'",
		"listen_addresses = '" . ($with{listen} // '') . "'",
		'fsync = off',
		'restart_after_crash = off',
		"log_line_prefix = '%m [%p] %q%u@%d '",
		"log_timezone = 'UTC'",
		$with{conf} // '');
	write_hba($node, $with{hba}) if defined $with{hba};
	$node->start unless defined $with{start} && !$with{start};
	return $node;
}

sub major
{
	my ($node) = @_;
	return int(value($node, 'SHOW server_version_num') / 10000);
}

# An address of this machine that is not the loopback's, undef if it has none.
# Connecting a UDP socket sends nothing.
sub own_address
{
	my $socket =
	  IO::Socket::INET->new(Proto => 'udp', PeerAddr => $nowhere, PeerPort => 9)
	  or return undef;
	my $address = $socket->sockhost;
	return undef if $address =~ /^127\./ || $address eq '0.0.0.0';
	return undef
	  unless IO::Socket::INET->new(Proto => 'tcp', LocalAddr => $address, Listen => 1);
	return $address;
}

sub has_library
{
	my ($name) = @_;
	my $folder = `pg_config --pkglibdir`;
	chomp $folder;
	return -e "$folder/$name.so";
}

sub has_pgaudit
{
	return has_library('pgaudit');
}

# own_extensions(): from now on servers of this script look for the scripts of
# extensions in a folder of ours, which is returned: what is there by a link may be
# replaced. They find it as PostgreSQL finds what belongs to it when it was moved,
# from where the program lies.
sub own_extensions
{
	my ($bin, $share, $lib) = map { my $folder = `pg_config --$_`; chomp $folder; $folder } qw(bindir sharedir pkglibdir);
	my $top = PostgreSQL::Test::Utils::tempdir();
	my ($common) = "$bin\n$share\n$lib" =~ m{^(.*/).*\n\1.*\n\1};
	my ($own_bin, $own_share, $own_lib) = map { $top . substr($_, length($common) - 1) } $bin, $share, $lib;

	File::Path::make_path($own_bin, "$own_share/extension", dirname($own_lib));
	# a link would lead back to the other folder
	PostgreSQL::Test::Utils::system_or_bail('cp', "$bin/postgres", "$bin/pg_ctl", $own_bin);
	symlink $lib, $own_lib or die "$own_lib: $!";
	foreach my $file (grep { $_ ne "$share/extension" } glob("$share/* $share/extension/*"))
	{
		symlink $file, $own_share . substr($file, length $share) or die "$file: $!";
	}
	# libraries of a server that brings its own lie beside the program
	foreach my $file (grep { !-e "$own_bin/../lib/" . basename($_) } glob("$bin/../lib/*.so*"))
	{
		symlink $file, "$own_bin/../lib/" . basename($file) or die "$file: $!";
	}
	$ENV{PATH} = "$own_bin:$ENV{PATH}";
	return "$own_share/extension";
}

# Installs the edition without library, as psql does it for a user.
sub install_plain
{
	my ($node, %as) = @_;
	my $file = "$tree/dist/rds_guard_plain.sql";
	PostgreSQL::Test::Utils::system_or_bail('make', '-s', '-C', $tree, 'plain')
	  unless -e $file;
	my ($status, $out, $err) = psql($node, [ '-f', $file ], '', %as);
	die "cannot install $file: $err" if $status != 0;
	$without_library{ $node->name } = 1;
	reload($node, %as);
	return;
}

# A file that was read in the moment in which it was written may be another: the
# library takes 10 milliseconds for one, SQL a second. Waits for what is left of
# it, by the clock that the server sees: the one of a virtual machine may be set
# back.
sub let_age
{
	my ($node) = @_;
	my $moment = $without_library{ $node->name } ? 1 : 0.02;
	my $written = (sort { $b <=> $a } map { (stat $node->data_dir . "/$_")[10] } qw(pg_hba.conf pg_ident.conf))[0];
	my $left = $written + $moment + 0.001 - time;
	usleep($left * 1_000_000) if $left > 0;
	return;
}

# write_file(NODE, NAME, TEXT): a file in the data directory
sub write_file
{
	my ($node, $name, $text) = @_;
	my $file = $node->data_dir . "/$name";
	open my $out, '>', $file or die "$file: $!";
	print $out "$text\n";
	close $out or die "$file: $!";
	return;
}

sub write_hba
{
	my ($node, $text) = @_;
	return write_file($node, 'pg_hba.conf', $text);
}

sub write_ident
{
	my ($node, $text) = @_;
	return write_file($node, 'pg_ident.conf', $text);
}

# reload(NODE, CONNECTION): asks the server to read its files again and waits
# until it has. A new session inherits all of it from the postmaster.
sub reload
{
	my ($node, %as) = @_;
	my $load_time = 'SELECT pg_catalog.pg_conf_load_time()';
	let_age($node);
	my $before = sql($node, $load_time, %as);
	$node->reload;
	for (my $patience = 1000; sql($node, $load_time, %as) eq $before; $patience--)
	{
		die 'the server does not reload' if $patience == 0;
		usleep(10_000);
	}
	return;
}

# set_hba(NODE, TEXT, CONNECTION): a new pg_hba.conf, which has to let in the
# connection that watches this, the superuser through the socket by default.
sub set_hba
{
	my ($node, $text, %as) = @_;
	write_hba($node, $text);
	reload($node, %as);
	return;
}

# configure(NODE, NAME => VALUE, ...): ALTER SYSTEM and reload; undef resets.
sub configure
{
	my ($node, %settings) = @_;
	# one connection for all: these tests are slow enough
	sql($node, join "\n",
		map { defined $settings{$_} ? "ALTER SYSTEM SET $_ = " . quote($settings{$_}) . ';' : "ALTER SYSTEM RESET $_;" } sort keys %settings);
	reload($node);
	return;
}

sub quote
{
	my ($value) = @_;
	$value =~ s/'/''/g;
	return "'$value'";
}

sub log_size
{
	my ($node) = @_;
	return -s $node->logfile // 0;
}

# What the server has logged from byte OFFSET on.
sub log_since
{
	my ($node, $offset) = @_;
	open my $in, '<', $node->logfile or die $node->logfile . ": $!";
	seek $in, $offset, 0;
	local $/;
	return <$in> // '';
}

# Waits for the process of a session to end, which writes its last line into the
# log when it is already gone from pg_stat_activity.
sub wait_for_end
{
	my ($pid) = @_;
	for (my $patience = 1000; kill 0, $pid; $patience--)
	{
		die "process $pid does not end" if $patience == 0;
		usleep(10_000);
	}
	return;
}

# connection_string(NODE, KEY => VALUE, ...): libpq's, for the socket, the
# database postgres and the superuser unless said otherwise.
sub connection_string
{
	my ($node, %to) = @_;
	%to = (
		host => $node->host,
		port => $node->port,
		dbname => 'postgres',
		user => $superuser,
		%to);
	delete $to{search_path};
	return join ' ', map { (my $value = $to{$_}) =~ s/([\\'])/\\$1/g; "$_='$value'" } sort keys %to;
}

# psql(NODE, ARGUMENTS, INPUT, CONNECTION): exit status, output, errors
sub psql
{
	my ($node, $arguments, $input, %to) = @_;
	my ($out, $err) = ('', '');
	# From a file: a psql that is not let in leaves without reading, and writing
	# to it would end this test.
	my $file = File::Temp->new;
	binmode $file, ':utf8' if utf8::is_utf8($input);
	print $file $input;
	close $file or die "$file: $!";
	IPC::Run::run [
		'psql', '-XAtqw', '-v', 'ON_ERROR_STOP=1', '-d', connection_string($node, %to), @$arguments
	  ],
	  '<', "$file", '>', \$out, '2>', \$err;
	my $status = $? >> 8;
	chomp($out, $err);
	return ($status, $out, $err);
}

# As psql(), for statements.
sub try_sql
{
	my ($node, $statements, %to) = @_;
	return psql($node, [ '-f', '-' ], $statements, %to);
}

# The output of statements that must not fail.
sub sql
{
	my ($node, $statements, %to) = @_;
	my ($status, $out, $err) = try_sql($node, $statements, %to);
	croak "psql: $err\nin: $statements" if $status != 0;
	return $out;
}

# The one value of a query, undef for NULL.
sub value
{
	my ($node, $query, %to) = @_;
	return sql($node, $query, %to) if $query =~ /^SHOW/;
	return (%{ rows($node, "SELECT ($query) AS value", %to)->[0] })[1];
}

# The rows of a query as hashes; booleans are 1 and 0, numbers that are not
# integers of Perl's should be cast to text.
sub rows
{
	my ($node, $query, %to) = @_;
	return decoded(sql($node, "SELECT coalesce(json_agg(q), '[]') FROM ($query) AS q", %to));
}

sub decoded
{
	my ($text) = @_;
	return plain_values(JSON::PP->new->decode($text));
}

sub plain_values
{
	my ($value) = @_;
	return JSON::PP::is_bool($value) ? ($value ? 1 : 0)
	  : ref $value eq 'ARRAY' ? [ map { plain_values($_) } @$value ]
	  : ref $value eq 'HASH' ? { map { $_ => plain_values($value->{$_}) } keys %$value }
	  : $value;
}

# report(NODE, CHECKS, CONNECTION): the rows of a report about these checks, or
# all of them for undef.
sub report
{
	my ($node, $only, %to) = @_;
	return rows($node, 'SELECT * FROM rds_guard.report(' . selection($only) . ')', %to);
}

sub selection
{
	my ($only) = @_;
	return defined $only ? "'{" . join(',', ref $only ? @$only : $only) . "}'" : '';
}

# The findings of a report in a word a check: "pass", "fail: object | object";
# what fails counts, where another part is unknown.
sub decided
{
	my ($report) = @_;
	my %objects;
	foreach my $finding (@$report)
	{
		push @{ $objects{ $finding->{check_id} }{ $finding->{status} } }, $finding->{object};
	}
	return {
		map {
			my ($check, $status) = ($_, exists $objects{$_}{fail} ? 'fail' : sort keys %{ $objects{$_} });
			$check => $status eq 'fail'
			  ? 'fail: ' . join(' | ', sort map { $_ // '(nothing)' } @{ $objects{$check}{fail} })
			  : $status
		} keys %objects
	};
}

# verdict(NODE, CHECK, CONNECTION): as decided(), for one check
sub verdict
{
	my ($node, $check, %to) = @_;
	return decided(report($node, $check, %to))->{$check};
}

# verdicts(NODE, CHECKS, CONNECTION): as decided(), for several or undef for all
sub verdicts
{
	my ($node, $checks, %to) = @_;
	return decided(report($node, $checks, %to));
}

# The status of each check, without the objects.
sub statuses
{
	my ($node, %to) = @_;
	return { map { $_->{check_id} => $_->{status} } @{ report($node, undef, %to) } };
}

# A test: no check of this report broke.
sub no_errors
{
	my ($report, $name) = @_;
	return is_deeply([ map { "$_->{check_id}: $_->{detail}" } grep { $_->{status} eq 'error' } @$report ],
		[], $name);
}

# session(NODE, CONNECTION): a psql that stays, with query() and quit()
sub session
{
	my ($node, %to) = @_;
	return RdsGuard::Session->new(connection_string($node, %to));
}

# stopped(SESSION, STATEMENT, MILLISECONDS): how long a statement took that
# statement_timeout is to stop, and what psql said.
sub stopped
{
	my ($session, $statement, $milliseconds) = @_;
	my $start = time;
	my (undef, $err) = $session->query("SET statement_timeout = $milliseconds; $statement; RESET statement_timeout");
	my $seconds = time - $start;
	note(sprintf '%.3f s: %s', $seconds, $statement);
	return ($seconds, $err);
}

# Runs openssl, dies with its words if it fails; its output.
sub openssl
{
	my (@arguments) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run [ 'openssl', @arguments ], '<', \'', '>', \$out, '2>', \$err
	  or die "openssl @arguments: $err";
	chomp $out;
	return $out;
}

# make_certificates(FOLDER): server_ca.crt, and server.crt with server.key for
# 127.0.0.1, with nothing that a report would find fault with. RSA, since static
# key exchange knows nothing else.
sub make_certificates
{
	my ($folder) = @_;
	openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-sha256', '-days', '30', '-subj', '/CN=server CA',
		'-keyout', "$folder/server_ca.key", '-out', "$folder/server_ca.crt");
	openssl('req', '-newkey', 'rsa:2048', '-nodes', '-sha256', '-subj', '/CN=server.example',
		'-keyout', "$folder/server.key", '-out', "$folder/server.csr");
	open my $names, '>', "$folder/server.ext" or die $!;
	print $names "subjectAltName = DNS:server.example, IP:127.0.0.1\n";
	close $names or die $!;
	openssl('x509', '-req', '-sha256', '-days', '400', '-in', "$folder/server.csr", '-set_serial', '2',
		'-extfile', "$folder/server.ext", '-CA', "$folder/server_ca.crt", '-CAkey', "$folder/server_ca.key",
		'-out', "$folder/server.crt");
	chmod 0600, "$folder/server.key" or die $!;
	return;
}

package RdsGuard::Session;

use strict;
use warnings;

use Carp;
use IPC::Run;
use PostgreSQL::Test::Utils;

my $mark = '-- end of answer --';

sub new
{
	my ($class, $connection_string) = @_;
	my $self = bless { in => '', out => '', err => '' }, $class;
	$self->{psql} =
	  IPC::Run::start [ 'psql', '-XAtqw', '-d', $connection_string, '-f', '-' ],
	  '<', \$self->{in}, '>', \$self->{out}, '2>', \$self->{err},
	  IPC::Run::timer($PostgreSQL::Test::Utils::timeout_default);
	$self->query('SELECT');
	croak "psql: $self->{err}" if $self->{err} ne '';
	return $self;
}

# Sends statements without waiting for an answer.
sub send
{
	my ($self, $statements) = @_;
	$self->{in} .= "$statements;\n\\echo $mark\n\\warn $mark\n";
	$self->{psql}->pump_nb;
	return;
}

# The answer of what was sent, in a list context with the errors.
sub answer
{
	my ($self) = @_;
	until ($self->{out} =~ /\Q$mark\E\n/ && $self->{err} =~ /\Q$mark\E\n/)
	{
		croak "psql ended: $self->{err}" unless $self->{psql}->pumpable;
		$self->{psql}->pump;
	}
	$self->{out} =~ s/^(.*?)\Q$mark\E\n//s;
	my $out = $1;
	$self->{err} =~ s/^(.*?)\Q$mark\E\n//s;
	my $err = $1;
	chomp($out, $err);
	return wantarray ? ($out, $err) : $out;
}

# The answer to statements, in a list context with the errors.
sub query
{
	my ($self, $statements) = @_;
	$self->send($statements);
	return $self->answer;
}

sub quit
{
	my ($self) = @_;
	$self->{in} .= "\\q\n";
	$self->{psql}->finish;
	return;
}

1;
