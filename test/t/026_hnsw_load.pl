# Inserts, updates, deletes, searches and vacuum at once: no errors, no strange row.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\n");
$node->start;
$node->safe_psql('postgres', q{
  CREATE EXTENSION vector;
  CREATE TABLE items (id serial PRIMARY KEY, embedding vector(40));
  CREATE INDEX items_idx ON items USING hnsw (embedding vector_l2_ops);
  CREATE FUNCTION random_vector() RETURNS vector LANGUAGE sql VOLATILE AS
    'SELECT array_agg(random())::vector FROM generate_series(1, 40)';
  INSERT INTO items (embedding) SELECT random_vector() FROM generate_series(1, 3000);
  REINDEX INDEX items_idx;
});

$node->pgbench('--no-vacuum --client=5 --transactions=600', 0, [qr/actually processed/], [qr/^$/],
	'inserts, updates, deletes, searches and vacuum', {
	'insert@10' => 'INSERT INTO items (embedding) VALUES (random_vector());',
	'update@4' => 'UPDATE items SET embedding = random_vector()
                 WHERE id = (SELECT id FROM items OFFSET random() * 1000 LIMIT 1);',
	'delete@4' => 'DELETE FROM items WHERE id = (SELECT id FROM items OFFSET random() * 1000 LIMIT 1);',
	'search@10' => 'SET enable_seqscan = off; SELECT id FROM items ORDER BY embedding <-> (SELECT random_vector()) LIMIT 10;',
	'vacuum@1' => 'VACUUM items;',
	});

is($node->safe_psql('postgres', q{
  SET enable_seqscan = off;
  SET hnsw.ef_search = 10000;
  CREATE TEMP TABLE found AS SELECT id FROM items ORDER BY embedding <-> array_fill(0, ARRAY[40])::vector;
  SET enable_seqscan = on;
  SET enable_indexscan = off;
  SELECT (SELECT count(*) FROM (SELECT id FROM found EXCEPT ALL SELECT id FROM items) t),
    (SELECT count(*) <= (SELECT count(*) / 200 FROM items) FROM (SELECT id FROM items EXCEPT ALL SELECT id FROM found) t);
}), '0|t', 'index and heap agree, but for a few nodes that lost their last edge');

is($node->safe_psql('postgres', q{SELECT count(*) FROM vector_index_check('items_idx', true) WHERE severity = 'error'}), '0',
	'a check finds no error');

done_testing();
