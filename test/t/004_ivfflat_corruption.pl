# Damaged index files give clear errors, never a crash or a hang.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init(no_data_checksums => 1); # the default of 18
$node->append_conf('postgresql.conf', "autovacuum = off\nrestart_after_crash = off\n");
$node->start;
$node->safe_psql('postgres', q{
  CREATE EXTENSION vector;
});

# Few dimensions make plain lists, more make lists of codes.
my $path;
sub make_index
{
	my ($dims) = @_;
	$node->safe_psql('postgres', qq{
    DROP TABLE IF EXISTS items;
    CREATE TABLE items (id serial, embedding vector($dims));
    INSERT INTO items (embedding)
      SELECT array_agg(sin(i * d))::vector FROM generate_series(1, 1500) i, generate_series(1, $dims) d GROUP BY i;
    CREATE INDEX idx ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 10);
  });
	$path = $node->data_dir . '/' . $node->safe_psql('postgres', q{SELECT pg_relation_filepath('idx')});
}
make_index(50);

my $count = 'SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <-> (SELECT embedding FROM items LIMIT 1)) t;';
my $search = "SET enable_seqscan = off; SET ivfflat.probes = 10; SET statement_timeout = '20s'; $count";
my $iterate = "SET ivfflat.probes = 2; SET ivfflat.iterative_scan = relaxed_order; $count";
my $insert = q{SET statement_timeout = '20s'; BEGIN;
  INSERT INTO items (embedding) SELECT embedding FROM items LIMIT 3; ROLLBACK;};
my $vacuum = q{SET statement_timeout = '20s'; DELETE FROM items WHERE id = (SELECT min(id) FROM items); VACUUM (INDEX_CLEANUP on) items;};

$node->stop;
my $sound = slurp_file($path);

sub write_binary
{
	my ($file, $bytes) = @_;
	open my $handle, '>:raw', $file or die "$file: $!";
	print $handle $bytes;
	close $handle or die "$file: $!";
}

# Every operation on a file with these bytes; returns the messages.
sub try_with
{
	my ($bytes) = @_;
	write_binary($path, $bytes);
	$node->start;
	my $messages = '';
	for my $sql ($search, "$search $iterate", $insert, $vacuum)
	{
		my ($status, undef, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql");
		$messages .= $err;
		return "CRASH $err" if $err =~ /terminated abnormally|server closed the connection|PANIC/;
	}
	$node->stop;
	return $messages;
}

my $no_magic = $sound;
substr($no_magic, 24, 4) = "\0\0\0\0";
like(try_with($no_magic), qr/ERROR:  XX002: ivfflat index is not valid/, 'a wrong magic number is index corruption');

my $future = $sound;
substr($future, 28, 2) = "\xEE\0";
like(try_with($future), qr/XX002: ivfflat index has format version 238/, 'an unknown version is told');

like(try_with("\0" x length $sound), qr/XX002/, 'zero pages are index corruption');
unlike(try_with(substr($sound, 0, 3 * 8192)), qr/CRASH|57014/, 'a truncated file is an error');

# A row far behind the end of the first file of the table.
my $far = $sound;
for my $block (1 .. length($far) / 8192 - 1)
{
	next if unpack('v', substr($far, $block * 8192 + 8136, 2)) != 3;
	substr($far, $block * 8192 + 24, 2) = "\x7F\x7F";
}
my $messages = try_with($far);
like($messages, qr/XX002/, 'links behind the end of the table are index corruption');
unlike($messages, qr/CRASH|57014|XX000|58P01/, 'links behind the end of the table are nothing else');

srand(42);
for my $dims (50, 100)
{
	my $bad = 0;
	if ($dims == 100)
	{
		write_binary($path, $sound);
		$node->start;
		make_index($dims);
		$node->stop;
		$sound = slurp_file($path);
	}
	for my $try (1 .. 10)
	{
		my $bytes = $sound;
		for (1 .. 60)
		{
			my $block = int(rand(length($sound) / 8192));
			my $offset = rand() < 0.5 ? int(rand(900)) : 8192 - 1 - int(rand(90));
			substr($bytes, $block * 8192 + $offset, 1) = chr(int(rand(256)));
		}
		my $messages = try_with($bytes);
		if ($messages =~ /CRASH|57014|XX000/)
		{
			diag($messages);
			$bad++;
		}
		last if $messages =~ /CRASH/;
	}
	is($bad, 0, "$dims dimensions: random damage never crashes, hangs or gives an internal error");
}

# REINDEX makes a sound index again.
write_binary($path, "\0" x length $sound);
$node->start;
$node->safe_psql('postgres', 'REINDEX INDEX idx');
my $rows = $node->safe_psql('postgres', 'SELECT count(*) FROM items');
is($node->safe_psql('postgres', $search), $rows, 'REINDEX repairs');

done_testing();
