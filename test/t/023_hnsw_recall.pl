# Recall against exact search, for every operator class of vectors, with codes and without;
# after a build that fits the memory and one that does not, inserts, and a vacuum.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init;
$node->append_conf('postgresql.conf', "maintenance_work_mem = 128MB\nautovacuum = off\n");
$node->start;
$node->safe_psql('postgres', q{
  CREATE EXTENSION vector;
  -- 50 clusters: centre plus noise
  CREATE FUNCTION clustered(n int, dims int, seed float8) RETURNS SETOF vector LANGUAGE plpgsql AS $$
  DECLARE centres float8[];
  BEGIN
    PERFORM setseed(seed);
    SELECT array_agg(4 * random() - 2) INTO centres FROM generate_series(1, 50 * dims);
    RETURN QUERY SELECT array_agg(centres[(i % 50) * dims + d] + random() + random() - 1)::vector
      FROM generate_series(1, n) i, generate_series(1, dims) d GROUP BY i;
  END $$;
});

sub recall
{
	my ($operator, $ef) = @_;
	return $node->safe_psql('postgres', qq{
    SET enable_seqscan = off;
    SET hnsw.ef_search = $ef;
    CREATE TEMP TABLE exact AS SELECT q.id,
        (SELECT array_agg(d) FROM (SELECT (embedding $operator q.v) + 0 d FROM items ORDER BY 1 LIMIT 10) t) nearest
      FROM queries q;
    SELECT round(avg(hits), 4) FROM (
      SELECT (SELECT count(*) / 10.0 FROM
        (SELECT embedding $operator q.v d FROM items ORDER BY embedding $operator q.v LIMIT 10) t
        WHERE d <= nearest[10] + 1e-6) hits
      FROM queries q JOIN exact USING (id)) t;
  });
}

# The rows that a search which never ends finds.
sub reached
{
	return $node->safe_psql('postgres', q{
    SET enable_seqscan = off;
    SET hnsw.iterative_scan = relaxed_order;
    SET hnsw.max_scan_tuples = 1000000;
    SET hnsw.scan_mem_multiplier = 100;
    SELECT count(*) FROM (SELECT id FROM items ORDER BY embedding <-> (SELECT v FROM queries LIMIT 1)) t});
}

my %operator_of = (
	vector_l2_ops => '<->', vector_ip_ops => '<#>', vector_cosine_ops => '<=>', vector_l1_ops => '<+>');
# Floors leave room for the noise of a small data set.
for my $dims (20, 100)
{
	my $seed = $dims / 150;
	$node->safe_psql('postgres', qq{
    DROP TABLE IF EXISTS items, queries;
    CREATE TABLE items (id serial, embedding vector($dims));
    CREATE TABLE queries (id serial, v vector($dims));
    INSERT INTO items (embedding) SELECT clustered(8000, $dims, $seed);
    INSERT INTO queries (v) SELECT clustered(40, $dims, $seed);
  });
	for my $opclass (sort keys %operator_of)
	{
		$node->safe_psql('postgres', "CREATE INDEX idx ON items USING hnsw (embedding $opclass)");
		my $name = "$opclass, $dims dimensions";
		cmp_ok(recall($operator_of{$opclass}, 100), '>=', 0.9, "$name: recall at 100 candidates");
		cmp_ok(recall($operator_of{$opclass}, 1000), '>=', 0.98, "$name: recall at 1000 candidates");
		$node->safe_psql('postgres', 'DROP INDEX idx');
	}
}

$node->safe_psql('postgres', 'CREATE INDEX idx ON items USING hnsw (embedding vector_l2_ops)');
cmp_ok(reached(), '>=', 7980, 'rows are reached after a build');
my $fresh = recall('<->', 40);

# A build whose memory does not suffice
my (undef, undef, $notice) = $node->psql('postgres', q{
  DROP INDEX idx;
  SET maintenance_work_mem = '2MB';
  CREATE INDEX idx ON items USING hnsw (embedding vector_l2_ops)});
like($notice, qr/NOTICE:  hnsw graph no longer fits into maintenance_work_mem after \d+ tuples/, 'there is a notice');
cmp_ok(reached(), '>=', 7960, 'rows are reached after a build with little memory');
cmp_ok(recall('<->', 40), '>=', $fresh - 0.05, 'and found as well');

# Rows inserted after the build are found as well as built ones.
$node->safe_psql('postgres', 'INSERT INTO items (embedding) SELECT clustered(8000, 100, 100 / 150.0)');
cmp_ok(reached(), '>=', 15900, 'rows are reached after inserts');
cmp_ok(recall('<->', 100), '>=', 0.9, 'and found as well');

# Dead rows do not stand in the way, before and after a vacuum.
$node->safe_psql('postgres', 'DELETE FROM items WHERE id % 2 = 0');
cmp_ok(recall('<->', 100), '>=', 0.9, 'half of the rows deleted: the others are found');
$node->safe_psql('postgres', 'VACUUM items');
cmp_ok(reached(), '>=', 7990, 'rows are reached after a vacuum');
cmp_ok(recall('<->', 100), '>=', 0.9, 'and found as well');
my $size = $node->safe_psql('postgres', q{SELECT pg_relation_size('idx')});
$node->safe_psql('postgres', 'INSERT INTO items (embedding) SELECT clustered(7000, 100, 100 / 150.0)');
cmp_ok(reached(), '>=', 14900, 'rows are reached where space is used again');
cmp_ok($node->safe_psql('postgres', q{SELECT pg_relation_size('idx')}), '<', $size * 1.1, 'it is');
$node->safe_psql('postgres', 'DELETE FROM items; VACUUM items');
is(reached(), '0', 'an index may become empty');
$node->safe_psql('postgres', 'INSERT INTO items (embedding) SELECT clustered(1000, 100, 0.5)');
cmp_ok(reached(), '>=', 995, 'and grow again');

# Real vectors: int32 dimension count and that many bytes to a row.
sub bvecs
{
	my ($file, $rows) = @_;
	open my $handle, '<:raw', $file or die "$file: $!";
	my @vectors;
	while (@vectors < $rows && read($handle, my $head, 4))
	{
		read($handle, my $bytes, unpack('l<', $head));
		push @vectors, '[' . join(',', unpack('C*', $bytes)) . ']';
	}
	return @vectors;
}

my $sift = ($ENV{VECTOR_TEST_DATA} // '') . '/bigann10k_sift128';
if (-e "${sift}_base.bvecs")
{
	my $load = sub {
		my ($table, $column, $file, $rows) = @_;
		$node->safe_psql('postgres', join("\n", "COPY $table ($column) FROM STDIN;", bvecs($file, $rows), '\\.', ''));
	};
	$node->safe_psql('postgres', q{
    DROP TABLE items, queries;
    CREATE TABLE items (id serial, embedding vector(128));
    CREATE TABLE queries (id serial, v vector(128));
  });
	$load->('items', 'embedding', "${sift}_base.bvecs", 10000);
	$load->('queries', 'v', "${sift}_query.bvecs", 100);
	$node->safe_psql('postgres', 'CREATE INDEX idx ON items USING hnsw (embedding vector_l2_ops)');
	cmp_ok(recall('<->', 40), '>=', 0.95, 'real vectors: recall at 40 candidates');
}

done_testing();
