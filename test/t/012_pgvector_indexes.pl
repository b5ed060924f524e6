# Index files that pgvector wrote give a clear error, and REINDEX makes them ours.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../compat";
use Pgvector;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node_with_pgvector('primary');
$node->init(allows_streaming => 1, no_data_checksums => 1);
$node->append_conf('postgresql.conf', "autovacuum = off\nignore_checksum_failure = on\n");
$node->start;

sub overwrite
{
	return overwrite_index($node, @_);
}

sub sql
{
	return $node->safe_psql('postgres', $_[0]);
}

# The messages of a statement, with SQLSTATE.
sub messages
{
	my ($sql) = @_;
	my (undef, undef, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql");
	return $err;
}

sub fails
{
	my ($sql, $pattern, $name) = @_;
	like(messages($sql), $pattern, $name);
}

my $no_seqscan = 'SET enable_seqscan = off; SET ivfflat.probes = 10;';
my $search = "$no_seqscan SELECT count(*) FROM (SELECT FROM items ORDER BY v <-> '[1,2,3]') t";

sql(q{
  CREATE EXTENSION vector VERSION '0.8.6';
  CREATE TABLE items (id serial PRIMARY KEY, v vector(3));
  INSERT INTO items (v) SELECT ARRAY[i % 7, i % 11, i % 13]::vector FROM generate_series(1, 1000) i;
  CREATE INDEX idx ON items USING ivfflat (v) WITH (lists = 10);
});
overwrite('idx', pgvector_file('ivfflat'));

# Before and after the update
for my $when ('before', 'after')
{
	my $error = qr/ERROR:  55000: index "idx" was built by pgvector\nHINT:  REINDEX INDEX CONCURRENTLY idx;\n/;
	fails($search, $error, "$when the update: a scan");
	fails(q{INSERT INTO items (v) VALUES ('[1,2,3]')}, $error, "$when the update: an insert");
	sql('ALTER EXTENSION vector UPDATE') if $when eq 'before';
}
like(sql("$no_seqscan EXPLAIN SELECT FROM items ORDER BY v <-> '[1,2,3]' LIMIT 5"), qr/Index Scan using idx/,
	'the planner takes it as usual');
is(sql("SET enable_indexscan = off; SELECT count(*) FROM (SELECT FROM items ORDER BY v <-> '[1,2,3]') t"), '1000', 'a search without indexes works');
is(sql('SELECT count(*) FROM items WHERE id <= 5'), '5', 'other searches work');
sql(q{INSERT INTO items (v) VALUES (NULL)});
sql('UPDATE items SET id = -1 WHERE v IS NULL; DELETE FROM items WHERE id = 1 OR id = -1');
is(messages('VACUUM (INDEX_CLEANUP on) items'), '', 'VACUUM passes it by');
is(sql(q{SELECT pg_relation_size('idx')}), 2 * 8192, 'and leaves it as it is');
sql('ANALYZE items');

is(sql('SELECT * FROM vector_takeover_report()'), 'idx|ivfflat|REINDEX INDEX CONCURRENTLY idx;', 'the report lists it');
sql('REINDEX INDEX CONCURRENTLY idx');
is(sql($search), '999', 'REINDEX CONCURRENTLY makes it ours');
sql(q{INSERT INTO items (v) VALUES ('[1,2,3]')});
is(sql('SELECT * FROM vector_takeover_report()'), '', 'then the report is empty');

overwrite('idx', pgvector_file('ivfflat'));
sql('REINDEX INDEX idx');
is(sql($search), '1000', 'so does REINDEX');
overwrite('idx', pgvector_file('ivfflat'));
sql('BEGIN; TRUNCATE items; ROLLBACK; DROP INDEX idx');
pass('it can be truncated and dropped');

# Names are quoted and qualified as they must be
sql(q{
  CREATE SCHEMA "Other schema";
  CREATE TABLE "Other schema"."T" AS SELECT v FROM items;
  CREATE INDEX "a ""b""; c" ON "Other schema"."T" USING ivfflat (v) WITH (lists = 10);
});
overwrite('"Other schema"."a ""b""; c"', pgvector_file('ivfflat'));
my $statement = 'REINDEX INDEX CONCURRENTLY "Other schema"."a ""b""; c";';
fails(q{INSERT INTO "Other schema"."T" VALUES ('[1,2,3]')},
	qr/index "a "b"; c" was built by pgvector\nHINT:  \Q$statement\E\n/, 'the hint can be pasted');
is(sql('SELECT statement FROM vector_takeover_report()'), $statement, 'and so can the report');
sql(sql('SELECT statement FROM vector_takeover_report()'));
is(sql('SELECT count(*) FROM vector_takeover_report()'), '0', 'they work');

# Anything else in block 0 is corruption
sql('CREATE INDEX idx ON items USING ivfflat (v) WITH (lists = 10)');
my $sound = slurp_file($node->data_dir . '/' . sql(q{SELECT pg_relation_filepath('idx')}));
for my $damage (
	[ 'another page id', sub { substr $_[0], 8190, 2, "\0\0" } ],
	[ 'another magic number', sub { substr $_[0], 24, 1, "\0" } ],
	[ 'zeros', sub { $_[0] = "\0" x 16384 } ])
{
	my $bytes = pgvector_file('ivfflat');
	$damage->[1]->($bytes);
	overwrite('idx', $bytes);
	fails($search, qr/ERROR:  XX002: ivfflat index is not valid/, "pgvector's file with $damage->[0]: corrupted");
	is(sql('SELECT count(*) FROM vector_takeover_report()'), '0', "$damage->[0]: not in the report");
}
overwrite('idx', '');
is(sql('SELECT count(*) FROM vector_takeover_report()'), '0', 'an empty file: not in the report');
sql('DROP INDEX idx');

# The report passes by what cannot be read or has no file
sql(q{
  CREATE TABLE parts (id integer, v vector(3)) PARTITION BY LIST (id);
  CREATE TABLE part PARTITION OF parts FOR VALUES IN (1);
  CREATE INDEX parts_idx ON parts USING ivfflat (v) WITH (lists = 10);
  CREATE UNLOGGED TABLE unlogged (v vector(3));
  INSERT INTO unlogged SELECT v FROM items;
  CREATE INDEX unlogged_idx ON unlogged USING ivfflat (v) WITH (lists = 10);
});
overwrite('part_v_idx', pgvector_file('ivfflat'));
overwrite('unlogged_idx', pgvector_file('ivfflat'), '_init');
overwrite('unlogged_idx', pgvector_file('ivfflat'));
my $other_session = PostgreSQL::Test::Utils::tempdir . '/other';
my $report = sql(q{
  CREATE TEMP TABLE mine AS SELECT v FROM items;
  CREATE INDEX mine_idx ON mine USING ivfflat (v) WITH (lists = 10);
  SELECT statement FROM vector_takeover_report()});
is($report, "REINDEX INDEX CONCURRENTLY part_v_idx;\nREINDEX INDEX CONCURRENTLY unlogged_idx;",
	'partitions and unlogged tables are in the report');
is(sql(q{SELECT count(vector_takeover_statement(oid::regclass)) FROM pg_class}), '2', 'no relation disturbs it');
sql(q{CREATE TEMP TABLE theirs AS SELECT v FROM items; CREATE INDEX ON theirs USING ivfflat (v) WITH (lists = 10);}
	  . '\\! psql -XAtq -d "' . $node->connstr('postgres') . '" -c "SELECT count(vector_takeover_statement(oid::regclass)) FROM pg_class" > ' . "$other_session\n");
is(slurp_file($other_session), "2\n", 'nor does a temporary table of another session');
is(sql(q{SELECT vector_takeover_statement(1::regclass::oid::regclass) IS NULL}), 't', 'nor does one that is gone');

$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby', install_path => $node->{_install_path});
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
is($standby->safe_psql('postgres', 'SELECT statement FROM vector_takeover_report()'),
	'REINDEX INDEX CONCURRENTLY part_v_idx;', 'a standby reports what it has files of');
$standby->stop;

# A crash gives an unlogged index pgvector's empty form back
$node->stop('immediate');
$node->start;
fails(q{INSERT INTO unlogged VALUES ('[1,2,3]')}, qr/55000: index "unlogged_idx" was built by pgvector/,
	'an unlogged index after a crash');
sql('REINDEX INDEX CONCURRENTLY unlogged_idx; REINDEX INDEX CONCURRENTLY part_v_idx');
is(sql('SELECT count(*) FROM vector_takeover_report()'), '0', 'all are reindexed');
$node->stop('immediate');
$node->start;
sql(q{INSERT INTO unlogged VALUES ('[1,2,3]')});
is(sql("$no_seqscan SELECT count(*) FROM (SELECT FROM unlogged ORDER BY v <-> '[1,2,3]') t"), '1',
	'and its empty form is ours');

# hnsw
sql('CREATE INDEX graph ON items USING hnsw (v vector_l2_ops) WITH (m = 8, ef_construction = 32)');
overwrite('graph', pgvector_file('hnsw'));
my $error = qr/ERROR:  55000: index "graph" was built by pgvector\nHINT:  REINDEX INDEX CONCURRENTLY graph;\n/;
my $graph_search = "SET hnsw.ef_search = 2000; $search";
fails($graph_search, $error, 'hnsw: a scan');
fails(q{INSERT INTO items (v) VALUES ('[1,2,3]')}, $error, 'hnsw: an insert');
like(sql("SET enable_seqscan = off; EXPLAIN SELECT FROM items ORDER BY v <-> '[1,2,3]' LIMIT 5"), qr/Index Scan using graph/,
	'hnsw: the planner takes it as usual');
sql('DELETE FROM items WHERE id = 3');
is(messages('VACUUM (INDEX_CLEANUP on) items'), '', 'hnsw: VACUUM passes it by');
is(sql(q{SELECT pg_relation_size('graph')}), 2 * 8192, 'hnsw: and leaves it as it is');
is(sql('SELECT * FROM vector_takeover_report()'), 'graph|hnsw|REINDEX INDEX CONCURRENTLY graph;', 'hnsw: the report lists it');
my $rows = sql('SELECT count(*) FROM items WHERE v IS NOT NULL');
sql('REINDEX INDEX CONCURRENTLY graph');
is(sql($graph_search), $rows, 'hnsw: REINDEX CONCURRENTLY makes it ours');
is(sql('SELECT * FROM vector_takeover_report()'), '', 'hnsw: then the report is empty');
overwrite('graph', pgvector_file('hnsw'));
sql('REINDEX INDEX graph');
is(sql($graph_search), $rows, 'hnsw: so does REINDEX');
overwrite('graph', pgvector_file('hnsw'));
sql('TRUNCATE items');
sql(q{INSERT INTO items (v) VALUES ('[1,2,3]')});
is(sql($graph_search), '1', 'hnsw: so does TRUNCATE');
my $damaged = pgvector_file('hnsw');
substr $damaged, 24, 1, "\0";
overwrite('graph', $damaged);
fails($graph_search, qr/ERROR:  XX002: hnsw index is not valid/, 'hnsw: anything else is corruption');
sql('DROP EXTENSION vector CASCADE');

$node->stop;
done_testing();
