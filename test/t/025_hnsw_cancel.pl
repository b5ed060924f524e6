# A build that is cancelled or times out ends soon and leaves nothing behind.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time);

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\nmaintenance_work_mem = 128MB\n");
$node->start;
$node->safe_psql('postgres', q{
  CREATE EXTENSION vector;
  CREATE TABLE items (id serial, embedding vector(128));
  INSERT INTO items (embedding)
    SELECT (array_agg(random()))::vector FROM generate_series(1, 20000) i, generate_series(1, 128) d GROUP BY i;
});

my $files = sub { scalar(() = glob($node->data_dir . '/base/*/*')) };
my $temporary = sub { scalar(() = glob($node->data_dir . '/base/pgsql_tmp/*')) };
my $before = $files->();

for my $workers (0, 2)
{
	$node->safe_psql('postgres', "ALTER TABLE items SET (parallel_workers = $workers)");
	my $cancelled = 0;
	for my $timeout (5, 40, 200, 700, 1500)
	{
		my $start = time();
		my ($status, undef, $err) = $node->psql('postgres', qq{
      SET statement_timeout = $timeout;
      CREATE INDEX idx ON items USING hnsw (embedding vector_l2_ops);
    });
		my $late = time() - $start - $timeout / 1000;
		next if $status == 0 && $node->safe_psql('postgres', 'DROP INDEX idx') eq '';
		$cancelled++;
		like($err, qr/canceling statement due to statement timeout/, "$workers workers: timeout at $timeout ms");
		cmp_ok($late, '<', 3, "$workers workers: ends soon after $timeout ms");
	}
	cmp_ok($cancelled, '>', 0, "$workers workers: at least one build was cancelled");
}

is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relname = 'idx'}), '0', 'no index is left');
$node->safe_psql('postgres', 'CHECKPOINT');
is($files->(), $before, 'no file is left');
is($temporary->(), 0, 'no temporary file is left');

$node->safe_psql('postgres', 'CREATE INDEX idx ON items USING hnsw (embedding vector_l2_ops)');
is($node->safe_psql('postgres', q{
  SET enable_seqscan = off;
  SET hnsw.ef_search = 10000;
  SET hnsw.iterative_scan = relaxed_order;
  SET hnsw.max_scan_tuples = 100000;
  SET hnsw.scan_mem_multiplier = 100;
  SELECT count(*) > 19900 FROM (SELECT id FROM items ORDER BY embedding <-> (SELECT embedding FROM items LIMIT 1)) t;
}), 't', 'a later build is complete');

# A long search can be cancelled too.
my ($status, undef, $err) = $node->psql('postgres', q{
  SET enable_seqscan = off;
  SET hnsw.ef_search = 10000;
  SET statement_timeout = 200;
  SELECT count(*) FROM items a,
    LATERAL (SELECT id FROM items b ORDER BY b.embedding <-> a.embedding LIMIT 1) t;
});
like($err, qr/canceling statement due to statement timeout/, 'a search is cancelled');

done_testing();
