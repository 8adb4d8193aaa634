# Real handshakes decide: what tls_ciphers() lists a client really gets, and
# what it does not list the server really refuses.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../perl";

use IPC::Run;
use PostgreSQL::Test::Utils;
use RdsGuard;
use Test::More;

my $certificates = PostgreSQL::Test::Utils::tempdir();

# a key and certificate of each kind
my %key_types = (
	rsa => [ '-newkey', 'rsa:2048' ],
	ec => [ '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1' ],
	koblitz => [ '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1' ],
	ed25519 => [ '-newkey', 'ed25519' ],
	pss => [ '-newkey', 'rsa-pss', '-pkeyopt', 'rsa_keygen_bits:2048' ]);
foreach my $type (sort keys %key_types)
{
	openssl('req', '-x509', @{ $key_types{$type} }, '-nodes', '-days', '30', '-subj', "/CN=$type",
		'-keyout', "$certificates/$type.key", '-out', "$certificates/$type.crt");
	chmod 0600, "$certificates/$type.key" or die $!;
}

my $node = server('ciphers', listen => '127.0.0.1', conf => <<"END");
ssl = on
ssl_cert_file = '$certificates/rsa.crt'
ssl_key_file = '$certificates/rsa.key'
END
my $major = major($node);
sql($node, 'CREATE EXTENSION rds_guard');
my $groups_setting = $major >= 18 ? 'ssl_groups' : 'ssl_ecdh_curve';
my @tls = (host => '127.0.0.1', sslmode => 'require');

my %option = (TLSv1 => '-tls1', 'TLSv1.1' => '-tls1_1', 'TLSv1.2' => '-tls1_2', 'TLSv1.3' => '-tls1_3');
my @protocols = sort keys %option;

# All suites and groups that the client's library has.
my %suites;
foreach my $line (split /\n/, openssl('ciphers', '-v', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'))
{
	my ($name, $protocol, $auth) = $line =~ /^(\S+)\s+(\S+).*Au=(\S+)/ or die $line;
	push @{ $suites{ $protocol eq 'TLSv1.3' ? 'new' : 'old' } }, $name unless $auth =~ /PSK|SRP/ || $name =~ /PSK|SRP/;
}
my @ec_groups = qw(prime256v1 secp384r1 secp521r1 secp256k1 secp224r1 prime192v1 brainpoolP256r1 sect283k1 X25519 X448);
my @more_groups = qw(ffdhe2048 ffdhe3072 X25519MLKEM768 MLKEM768 SecP256r1MLKEM768 brainpoolP256r1tls13);
my %client_knows = map { $_ => knows_group($_) } @ec_groups, @more_groups;
my $handshakes = 0;

sub knows_group
{
	my ($group) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run [ 'openssl', 's_client', '-groups', $group, '-connect', '127.0.0.1:1' ], '<', \'', '>', \$out, '2>', \$err;
	return "$out$err" !~ /error with command|-groups/i;
}

# handshake(PROTOCOL, ARGUMENTS): the suite that a client gets, or undef
sub handshake
{
	my ($protocol, @arguments) = @_;
	my ($out, $err) = ('', '');
	$handshakes++;
	IPC::Run::run [
		'openssl', 's_client', '-starttls', 'postgres', '-connect', '127.0.0.1:' . $node->port,
		$option{$protocol}, @arguments
	  ],
	  '<', \'', '>', \$out, '2>', \$err;
	my ($agreed, $suite) = $out =~ /^New, (\S+), Cipher is (\S+)/m or die "s_client: $err";
	return undef if $suite eq '(NONE)';
	# a handshake that breaks off after its first half has got no session
	return undef if $err =~ /alert|error/ && $out !~ /^Verif(?:y return code|ication)/m;
	return undef if $out =~ /no peer certificate available/ && $suite !~ /ADH|AECDH/;
	my ($key) = $out =~ /^(?:Server|Peer) Temp Key: (.*)/m;
	return wantarray ? ($suite, $key // '') : $suite;
}

# The arguments with which a client offers these suites and no other.
sub offering
{
	my ($protocol, @names) = @_;
	my $names = join(':', @names);
	return $protocol eq 'TLSv1.3' ? ('-ciphersuites', $names) : ('-cipher', "$names:\@SECLEVEL=0");
}

sub listed
{
	my (%to) = @_;
	my %listed;
	push @{ $listed{ $_->{kind} }{ $_->{protocol} } }, $_ foreach @{ rows($node, 'SELECT * FROM rds_guard.tls_ciphers()', %to) };
	return \%listed;
}

# The same without the source.
sub without_source
{
	my ($listed) = @_;
	return [ map { my %row = %$_; delete $row{source}; \%row } map { my $kind = $_; map { @{ $listed->{$kind}{$_} } } sort keys %{ $listed->{$kind} } } sort keys %$listed ];
}

# is_true(NAME, SETTINGS): tls_ciphers() against the server that has these.
sub is_true
{
	my ($name, %settings) = @_;
	my $key = delete $settings{key} // 'rsa';
	my $client_groups = delete $settings{client_groups};
	my @groups = $client_groups ? ('-groups', $client_groups) : ();

	configure(
		$node,
		ssl_ciphers => undef, ssl_min_protocol_version => undef, ssl_max_protocol_version => undef, $groups_setting => undef,
		ssl_cert_file => "$certificates/$key.crt", ssl_key_file => "$certificates/$key.key",
		%settings);
	my $listed = listed();
	my (@refused, @got);
	foreach my $protocol (@protocols)
	{
		my @names = map { $_->{name} } @{ $listed->{cipher}{$protocol} // [] };
		my %names = map { $_ => 1 } @names;
		my @others = grep { !$names{$_} } @{ $suites{ $protocol eq 'TLSv1.3' ? 'new' : 'old' } };

		foreach my $suite (@names)
		{
			my $agreed = handshake($protocol, offering($protocol, $suite), @groups);
			push @refused, "$protocol $suite" unless defined $agreed && $agreed eq $suite;
		}
		# all in one: the server would take any that it can
		my $other = @others ? handshake($protocol, offering($protocol, @others), @groups) : undef;
		push @got, "$protocol $other" if defined $other;
	}
	my $count = 0;
	$count += @{ $listed->{cipher}{$_} // [] } foreach @protocols;
	is_deeply([ \@refused, \@got ], [ [], [] ], "$name: each of $count suites listed is agreed upon, no other is");
	return $listed;
}

# In TLS, the session's own context must say the same as one from the settings.
sub same_in_tls
{
	my ($name) = @_;
	my $listed = listed();
	my $running = listed(@tls);
	my ($source) = map { $_->{source} } map { @{ $_ } } values %{ $running->{cipher} };
	is($source, 'running', "$name: a session with TLS looks at its own context");
	is_deeply(without_source($running), without_source($listed), "$name: and finds what the settings say");
	return;
}

my $listed = is_true('defaults');
same_in_tls('defaults');
ok(!(grep { $_->{authentication} !~ /RSA|by certificate/ } map { @$_ } values %{ $listed->{cipher} }), 'no suite for a key that is not there');
is_true('EC key', key => 'ec', ssl_ciphers => 'ECDHE+AES');
same_in_tls('EC key');
is_true('Ed25519 key', key => 'ed25519', ssl_ciphers => 'ECDHE+AESGCM');
is_true('RSA-PSS key', key => 'pss', ssl_ciphers => 'AESGCM');
is_true('key on a curve that TLS 1.3 does not have', key => 'koblitz', ssl_ciphers => 'ECDHE+AESGCM', client_groups => 'X25519:P-256:secp256k1');
is_true('RSA key exchange', ssl_ciphers => 'kRSA+AES128');
is_true('no suite of the key', ssl_ciphers => 'aECDSA');
$listed = is_true('everything', ssl_ciphers => 'ALL:COMPLEMENTOFALL:@SECLEVEL=0', ssl_min_protocol_version => 'TLSv1');
same_in_tls('everything');
is_deeply([ sort keys %{ $listed->{cipher} } ], \@protocols, 'everything: all protocols');
is(scalar(grep { $_->{grade} eq 'broken' } grep { $_->{name} =~ /NULL|ADH|AECDH/ } @{ $listed->{cipher}{'TLSv1.2'} }),
	scalar(grep { $_->{name} =~ /NULL|ADH|AECDH/ } @{ $listed->{cipher}{'TLSv1.2'} }), 'everything: without encryption or authentication it is broken');
is_true('EC key and old protocols', key => 'ec', ssl_ciphers => 'ECDHE+AES:@SECLEVEL=0', ssl_min_protocol_version => 'TLSv1');
is_true('Ed25519 key and old protocols', key => 'ed25519', ssl_ciphers => 'ECDHE+AES128:@SECLEVEL=0', ssl_min_protocol_version => 'TLSv1');
is_true('old protocols at level 1', ssl_ciphers => 'AES128:!aNULL:@SECLEVEL=1', ssl_min_protocol_version => 'TLSv1');
is_true('EC key and old protocols at level 1', key => 'ec', ssl_ciphers => 'AES128:!aNULL:@SECLEVEL=1', ssl_min_protocol_version => 'TLSv1');
is_true('old protocols at the default level', ssl_ciphers => 'AES128:!aNULL', ssl_min_protocol_version => 'TLSv1');
is_true('a level that the key does not reach', ssl_ciphers => 'HIGH:@SECLEVEL=3');
is_true('a level that the key reaches', key => 'ec', ssl_ciphers => 'HIGH:@SECLEVEL=3');
is_true('TLS 1.3 only', ssl_min_protocol_version => 'TLSv1.3');
is_true('no TLS 1.3', ssl_ciphers => 'AESGCM', ssl_max_protocol_version => 'TLSv1.2');
is_true('one suite of TLS 1.3', ssl_ciphers => 'AESGCM', ssl_tls13_ciphers => 'TLS_AES_128_GCM_SHA256') if $major >= 18;
configure($node, ssl_tls13_ciphers => undef) if $major >= 18;

#
# Groups
#
sub groups_are_true
{
	my ($name, $value) = @_;
	configure($node, $groups_setting => $value, ssl_ciphers => 'ECDHE+AESGCM',
		ssl_min_protocol_version => undef, ssl_max_protocol_version => undef,
		ssl_cert_file => "$certificates/rsa.crt", ssl_key_file => "$certificates/rsa.key");
	my $listed = listed();
	my (@refused, @got, @all);
	foreach my $protocol ('TLSv1.2', 'TLSv1.3')
	{
		my %names = map { $_->{name} => 1 } @{ $listed->{group}{$protocol} // [] };
		my @offer = $protocol eq 'TLSv1.2' ? ('-cipher', 'ECDHE+AESGCM:@SECLEVEL=0') : ('-cipher', 'ALL:@SECLEVEL=0');
		push @all, map { "$protocol $_" } sort keys %names;
		my @known = grep { $client_knows{$_} } @ec_groups, @more_groups;
		foreach my $group (grep { $names{$_} } @known)
		{
			push @refused, "$protocol $group" unless defined handshake($protocol, @offer, '-groups', $group);
		}
		push @got, $protocol if defined handshake($protocol, @offer, '-groups', join(':', grep { !$names{$_} } @known));
	}
	is_deeply([ \@refused, \@got ], [ [], [] ], "$name: each group listed is agreed upon, no other is: " . (join(', ', @all) || 'none'));
	return $listed;
}

groups_are_true('default groups', undef);
same_in_tls('default groups');
groups_are_true('one group', 'secp384r1');
groups_are_true('a group that TLS 1.3 does not have', 'secp256k1');
if ($major >= 18)
{
	groups_are_true('a list', 'secp521r1:X448:ffdhe3072');
	groups_are_true('post-quantum only', 'X25519MLKEM768') if $client_knows{X25519MLKEM768};
}

#
# From 19 on each host may have a certificate of its own, of another type
#
SKIP:
{
	skip 'this server has no hosts_file', 8 unless $major >= 19;
	my $hosts = sub {
		my ($text) = @_;
		unlink $node->data_dir . '/pg_hosts.conf';
		append_to_file($node->data_dir . '/pg_hosts.conf', $text);
		reload($node);
	};
	configure($node, $groups_setting => undef, ssl_ciphers => 'AES128', ssl_min_protocol_version => 'TLSv1.2', ssl_max_protocol_version => 'TLSv1.2',
		ssl_sni => 'on', ssl_cert_file => "$certificates/ed25519.crt", ssl_key_file => "$certificates/ed25519.key");
	$hosts->("ec.example $certificates/ec.crt $certificates/ec.key\n* $certificates/rsa.crt $certificates/rsa.key\n");
	my $listed = listed();
	my %authentication = map { $_->{name} => $_->{authentication} } @{ $listed->{cipher}{'TLSv1.2'} };
	is(join(' ', sort(do { my %h = map { $_ => 1 } values %authentication; keys %h })), 'ECDSA RSA', 'hosts: suites for the keys of both');
	my @refused = grep {
		my $suite = $_;
		!grep { ($_ // '') eq $suite } map { scalar handshake('TLSv1.2', offering('TLSv1.2', $suite), '-servername', $_) } 'ec.example', 'other.example'
	} sort keys %authentication;
	is_deeply(\@refused, [], 'hosts: one of them takes each suite');
	my @others = grep { !$authentication{$_} } @{ $suites{old} };
	is_deeply([ grep { defined } map { scalar handshake('TLSv1.2', offering('TLSv1.2', @others), '-servername', $_) } 'ec.example', 'other.example' ], [], 'hosts: and none another');
	is_deeply([ sort map { $_->{name} } @{ listed(@tls)->{cipher}{'TLSv1.2'} } ], [ sort keys %authentication ], 'hosts: a session in TLS knows of the others, too');
	$hosts->("* $certificates/ec.crt $certificates/ec.key\n");
	is_deeply([ grep { $_->{authentication} ne 'ECDSA' } @{ listed()->{cipher}{'TLSv1.2'} } ], [], 'hosts: no suite for keys that none has');
	sql($node, 'CREATE ROLE watcher LOGIN IN ROLE pg_monitor');
	like((try_sql($node, 'SELECT * FROM rds_guard.tls_ciphers()', user => 'watcher'))[2], qr/HINT:  GRANT pg_read_server_files TO watcher;/, 'hosts: only who may read files sees it');
	$hosts->("* $certificates/missing.crt $certificates/ec.key\n");
	like((try_sql($node, 'SELECT * FROM rds_guard.tls_ciphers()'))[2], qr/cannot be loaded.*hosts_file: could not read certificate file/s, 'hosts: a file that is missing');
	$hosts->("nothing\n");
	like((try_sql($node, 'SELECT * FROM rds_guard.tls_ciphers()'))[2], qr/cannot be loaded.*hosts_file: could not load file/s, 'hosts: a line that is none');
}

note("$handshakes handshakes");
$node->stop;
done_testing();
