# Builds whose rows do not fit into memory: workers insert the rest, and no row is lost,
# whatever the index is of, whether workers can be started or die.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init;
$node->append_conf('postgresql.conf', qq{
autovacuum = off
maintenance_work_mem = 12MB
max_parallel_maintenance_workers = 2
max_prepared_transactions = 1
log_min_messages = debug1
});
$node->start;
$node->safe_psql('postgres', q{
  CREATE EXTENSION vector;
  CREATE TABLE items (id int, v vector(96), h halfvec(96), b bit(96), s sparsevec(96)) WITH (parallel_workers = 2);
  INSERT INTO items SELECT i, v, v, binary_quantize(v - array_fill(0.5, ARRAY[96])::vector), v FROM (
    SELECT i, array_agg(round(random()::numeric, 3))::vector v FROM generate_series(1, 9000) i, generate_series(1, 96) d
    GROUP BY i ORDER BY i) t;
  CREATE FUNCTION safe(vector) RETURNS vector IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
  CREATE FUNCTION unsafe(vector) RETURNS vector IMMUTABLE PARALLEL UNSAFE LANGUAGE plpgsql AS 'BEGIN RETURN $1; END';
});

# The server's log of a statement, and what it wrote to the client.
sub logged
{
	my ($sql) = @_;
	my $from = -s $node->logfile;
	my ($status, undef, $err) = $node->psql('postgres', $sql);
	return ($status, $err, substr(slurp_file($node->logfile), $from));
}

# What a check says about an index, which is dropped then.
sub check
{
	my ($index) = @_;
	return $node->safe_psql('postgres',
		qq{SELECT count(*) FROM vector_index_check('$index', true) WHERE severity = 'error'; DROP INDEX $index;});
}

sub builds
{
	my ($name, $workers, $sql) = @_;
	my ($status, $err, $log) = logged($sql);
	is($status, 0, "$name: builds");
	like($err, qr/no longer fits into maintenance_work_mem/, "$name: does not fit");
	if (defined $workers)
	{
		like($log, qr/using $workers parallel workers/, "$name: $workers workers");
	}
	else
	{
		unlike($log, qr/using \d+ parallel workers/, "$name: no workers are asked for");
	}
}

my %columns = (
	'vector_l2_ops' => 'v vector_l2_ops',
	'vector_ip_ops' => 'v vector_ip_ops',
	'vector_cosine_ops' => 'v vector_cosine_ops',
	'vector_l1_ops' => 'v vector_l1_ops',
	'halfvec_l2_ops' => 'h halfvec_l2_ops',
	'halfvec_cosine_ops' => 'h halfvec_cosine_ops',
	'bit_jaccard_ops' => 'b bit_jaccard_ops',
	'sparsevec_cosine_ops' => 's sparsevec_cosine_ops',
	'an expression' => '(safe(v)::vector(96)) vector_l2_ops');
for my $name (sort keys %columns)
{
	builds($name, 2, "CREATE INDEX idx ON items USING hnsw ($columns{$name})");
	is(check('idx'), '0', "$name: has every row");
}

builds('a partial index', 2, 'CREATE INDEX idx ON items USING hnsw (v vector_l2_ops) WHERE id % 10 <> 0');
is($node->safe_psql('postgres', q{
  SET enable_seqscan = off; SET hnsw.ef_search = 10000;
  SELECT count(*), count(*) FILTER (WHERE id % 10 = 0) FROM (
    SELECT id FROM items WHERE id % 10 <> 0 ORDER BY v <-> (SELECT v FROM items LIMIT 1)) t;
}), '8100|0', 'a partial index: has its rows and no other');
is(check('idx'), '0', 'a partial index: has every row');

builds('a concurrent build', 2, 'CREATE INDEX CONCURRENTLY idx ON items USING hnsw (v vector_l2_ops)');
is(check('idx'), '0', 'a concurrent build: has every row');
$node->safe_psql('postgres', 'CREATE UNLOGGED TABLE brief WITH (parallel_workers = 2) AS SELECT id, v FROM items');
builds('an unlogged table', 2, 'CREATE INDEX idx ON brief USING hnsw (v vector_l2_ops)');
is(check('idx'), '0', 'an unlogged table: has every row');

# Who is alone inserts alone, and makes the same index each time.
builds('an unsafe expression', undef, 'CREATE INDEX idx ON items USING hnsw ((unsafe(v)::vector(96)) vector_l2_ops)');
is(check('idx'), '0', 'an unsafe expression: has every row');
builds('a temporary table', undef, q{
  CREATE TEMP TABLE mine (v vector(96)) WITH (parallel_workers = 2);
  INSERT INTO mine SELECT v FROM items;
  CREATE INDEX ON mine USING hnsw (v vector_l2_ops);
});
builds('no workers allowed', undef,
	'SET max_parallel_maintenance_workers = 0; CREATE INDEX idx ON items USING hnsw (v vector_l2_ops)');
builds('no workers to be had', 0,
	'SET max_parallel_workers = 0; CREATE INDEX other ON items USING hnsw (v vector_l2_ops)');
my $digest = q{
  SELECT md5(string_agg(encode(pg_read_binary_file(pg_relation_filepath('%s'), 24 + 8192 * i, 8168), 'hex'), '' ORDER BY i))
  FROM generate_series(0, pg_relation_size('%s') / 8192 - 1) i};
$node->safe_psql('postgres', 'CHECKPOINT');
is( $node->safe_psql('postgres', $digest =~ s/%s/idx/gr),
	$node->safe_psql('postgres', $digest =~ s/%s/other/gr),
	'both are the same');
is(check('other'), '0', 'no workers to be had: has every row');
is(check('idx'), '0', 'no workers allowed: has every row');

# A crash behind a build, before any checkpoint.
builds('before a crash', 2, 'CREATE INDEX idx ON items USING hnsw (v vector_l2_ops)');
$node->stop('immediate');
$node->start;
is(check('idx'), '0', 'after a crash: has every row');

# A table that is locked holds up the scan while workers are there. Then the build or one of
# its workers is ended.
$node->safe_psql('postgres', q{
  CREATE TABLE gate (open boolean);
  CREATE FUNCTION through_gate(id int, v vector) RETURNS vector IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS
    'BEGIN IF id = 8990 THEN PERFORM open FROM public.gate; END IF; RETURN v; END';
});
my $files = sub { scalar(() = glob($node->data_dir . '/base/*/*')) };
$node->safe_psql('postgres', 'CHECKPOINT');
my $before = $files->();
my %end = (
	'the leader cancelled' => [ 'pg_cancel_backend', 'client backend', qr/canceling statement due to user request/ ],
	'the leader terminated' => [ 'pg_terminate_backend', 'client backend', qr/terminating connection/ ],
	'a worker terminated' => [ 'pg_terminate_backend', 'parallel worker', qr/terminating background worker|lost connection to parallel worker/ ]);
for my $name (sort keys %end)
{
	my ($function, $type, $message) = @{ $end{$name} };
	$node->safe_psql('postgres', q{BEGIN; LOCK TABLE gate; PREPARE TRANSACTION 'closed'});
	my ($out, $err) = ('', '');
	my $build = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c',
		'CREATE INDEX idx ON items USING hnsw ((through_gate(id, v)::vector(96)) vector_l2_ops)' ], '>', \$out, '2>', \$err);
	ok($node->poll_query_until('postgres', q{
    SELECT count(*) FILTER (WHERE backend_type = 'parallel worker') = 2 AND
      count(*) FILTER (WHERE backend_type = 'client backend' AND wait_event_type = 'Lock') = 1
    FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%'}), "$name: the build waits, and workers are there");
	$node->safe_psql('postgres', qq{
    SELECT $function(pid) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND backend_type = '$type' LIMIT 1});
	$build->finish;
	like($err, $message, "$name: the build fails");
	ok($node->poll_query_until('postgres', q{
    SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'parallel worker'}), "$name: no worker is left");
	$node->safe_psql('postgres', q{ROLLBACK PREPARED 'closed'});
}
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relname = 'idx'}), '0', 'no index is left');
$node->safe_psql('postgres', 'CHECKPOINT');
is($files->(), $before, 'no file is left');
builds('a later build', 2, 'CREATE INDEX idx ON items USING hnsw (v vector_l2_ops)');
is(check('idx'), '0', 'a later build: has every row');

done_testing();
