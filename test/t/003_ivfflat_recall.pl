# Recall against exact search, for every operator class, with plain lists (few
# dimensions) and with codes, serial and parallel builds; probing all lists finds
# everything. Where VECTOR_TEST_DATA names a folder of real vectors, on these too.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init;
$node->append_conf('postgresql.conf', "maintenance_work_mem = 128MB\n");
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
	my ($operator, $probes) = @_;
	return $node->safe_psql('postgres', qq{
    SET enable_seqscan = off;
    SET ivfflat.probes = $probes;
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

my %operator_of = (
	vector_l2_ops => '<->', vector_ip_ops => '<#>', vector_cosine_ops => '<=>', vector_l1_ops => '<+>');
# Floors leave room for the noise of a small data set.
for my $dims (32, 100)
{
	my $seed = $dims / 150;
	$node->safe_psql('postgres', qq{
    DROP TABLE IF EXISTS items, queries;
    CREATE TABLE items (id serial, embedding vector($dims));
    CREATE TABLE queries (id serial, v vector($dims));
    INSERT INTO items (embedding) SELECT clustered(10000, $dims, $seed);
    INSERT INTO queries (v) SELECT clustered(40, $dims, $seed);
  });
	for my $opclass (sort keys %operator_of)
	{
		for my $workers (0, 2)
		{
			$node->safe_psql('postgres', qq{
        ALTER TABLE items SET (parallel_workers = $workers);
        CREATE INDEX idx ON items USING ivfflat (embedding $opclass) WITH (lists = 50);
      });
			my $name = "$opclass, $dims dimensions, $workers workers";
			cmp_ok(recall($operator_of{$opclass}, 10), '>=', 0.9, "$name: recall at 10 probes");
			is(recall($operator_of{$opclass}, 50), '1.0000', "$name: all lists find everything");
			$node->safe_psql('postgres', 'DROP INDEX idx');
		}
	}
}

# Rows inserted after the build are found as well as built ones.
$node->safe_psql('postgres', q{
  CREATE INDEX idx ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 50);
  INSERT INTO items (embedding) SELECT clustered(10000, 100, 100 / 150.0);
});
cmp_ok(recall('<->', 10), '>=', 0.9, 'recall at 10 probes after as many inserts');

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
	$node->safe_psql('postgres', 'CREATE INDEX idx ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 100)');
	cmp_ok(recall('<->', 20), '>=', 0.95, 'real vectors: recall at 20 probes of 100 lists');
	is(recall('<->', 100), '1.0000', 'real vectors: all lists find everything');
}

done_testing();
