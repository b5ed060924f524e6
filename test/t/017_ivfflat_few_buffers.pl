# Builds add many pages at once, but pin no more of few buffers than their share.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init;
$node->append_conf('postgresql.conf', q{
autovacuum = off
shared_buffers = 512kB
temp_buffers = 800kB
maintenance_work_mem = 128MB
});
$node->start;
$node->safe_psql('postgres', q{
  CREATE EXTENSION vector;
  CREATE TABLE items (id serial, embedding vector(768)) WITH (parallel_workers = 2);
  INSERT INTO items (embedding)
    SELECT array_agg(random())::vector FROM generate_series(1, 2000) i, generate_series(1, 768) d GROUP BY i;
});

for my $quantizer ('none', 'rabitq')
{
	my $index = "USING ivfflat (embedding vector_l2_ops) WITH (lists = 10, quantizer = $quantizer)";
	for my $workers (0, 2)
	{
		my ($status, undef, $error) = $node->psql('postgres',
			"SET max_parallel_maintenance_workers = $workers; CREATE INDEX ON items $index");
		is($status, 0, "$quantizer, $workers workers") or diag($error);
	}
	my ($status, undef, $error) =
	  $node->psql('postgres', "CREATE TEMP TABLE t AS SELECT * FROM items; CREATE INDEX ON t $index");
	is($status, 0, "$quantizer, of a temporary table") or diag($error);
}

done_testing();
