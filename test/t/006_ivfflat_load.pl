# Inserts, updates, deletes, searches and vacuum at once: no errors, no lost row.
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
  CREATE TABLE items (id serial PRIMARY KEY, embedding vector(3));
  CREATE INDEX items_idx ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 1);
  INSERT INTO items (embedding) SELECT ARRAY[random(), random(), random()]::vector FROM generate_series(1, 3000);
  REINDEX INDEX items_idx;
});

$node->pgbench('--no-vacuum --client=5 --transactions=600', 0, [qr/actually processed/], [qr/^$/],
	'inserts, updates, deletes, searches and vacuum', {
	'insert@10' => 'INSERT INTO items (embedding) VALUES (ARRAY[random(), random(), random()]::vector);',
	'update@4' => 'UPDATE items SET embedding = ARRAY[random(), random(), random()]::vector
                 WHERE id = (SELECT id FROM items OFFSET random() * 1000 LIMIT 1);',
	'delete@4' => 'DELETE FROM items WHERE id = (SELECT id FROM items OFFSET random() * 1000 LIMIT 1);',
	'search@10' => 'SET enable_seqscan = off; SELECT id FROM items ORDER BY embedding <-> ARRAY[random(), random(), random()]::vector LIMIT 10;',
	'vacuum@1' => 'VACUUM items;',
	});

is($node->safe_psql('postgres', q{
  SET enable_seqscan = off;
  CREATE TEMP TABLE found AS SELECT id FROM items ORDER BY embedding <-> '[0,0,0]';
  SET enable_seqscan = on;
  SET enable_indexscan = off;
  SELECT count(*) FROM ((SELECT id FROM found EXCEPT ALL SELECT id FROM items)
    UNION ALL (SELECT id FROM items EXCEPT ALL SELECT id FROM found)) t;
}), '0', 'index and heap agree');

is($node->safe_psql('postgres', q{SELECT count(*) FROM vector_index_check('items_idx', true) WHERE severity = 'error'}), '0',
	'a check finds no error');

done_testing();
