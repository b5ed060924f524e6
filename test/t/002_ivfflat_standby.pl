# A standby answers as its primary does, and replay makes the very same pages.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf',
	"wal_consistency_checking = 'generic'\nautovacuum = off\nwal_keep_size = 2GB\n");
$primary->start;
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

$primary->safe_psql('postgres', q{
  CREATE EXTENSION vector;
  SELECT setseed(0.5);
  CREATE TABLE items (id serial, embedding vector(80));
  CREATE FUNCTION random_vectors(n int) RETURNS SETOF vector LANGUAGE sql VOLATILE AS
    'SELECT array_agg(random())::vector FROM generate_series(1, n) i, generate_series(1, 80) GROUP BY i';
  INSERT INTO items (embedding) SELECT random_vectors(3000);
  ALTER TABLE items SET (parallel_workers = 2);
  CREATE INDEX ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 10);
  CREATE INDEX ON items USING ivfflat (embedding vector_ip_ops) WITH (lists = 30);
  CREATE INDEX ON items USING ivfflat (embedding vector_cosine_ops) WITH (lists = 30);
  CREATE INDEX ON items USING ivfflat (embedding vector_l1_ops) WITH (lists = 30);
});

sub answers
{
	my ($node) = @_;
	return join "\n", map {
		$node->safe_psql('postgres', qq{
      SET enable_seqscan = off;
      SET ivfflat.probes = 3;
      SELECT (SELECT array_agg(id) FROM
               (SELECT id FROM items i ORDER BY i.embedding $_ q.v LIMIT 10) t)
      FROM generate_series(1, 10) n,
        LATERAL (SELECT (SELECT array_agg((d * n * 7919 % 101) / 101.0)
                         FROM generate_series(1, 80) d)::vector v OFFSET 0) q;
    });
	} ('<->', '<#>', '<=>', '<+>');
}

sub check
{
	my ($name) = @_;
	$primary->wait_for_catchup($standby);
	my $expected = answers($primary);
	isnt($expected, '', "$name: the primary answers");
	is(answers($standby), $expected, "$name: the standby answers alike");
	is($standby->safe_psql('postgres', q{
      SELECT count(*) FROM pg_index, vector_index_check(indexrelid, true)
      WHERE indrelid = 'items'::regclass AND severity = 'error'}), '0', "$name: a check there finds no error");
}

check('after the build');
$primary->safe_psql('postgres', 'INSERT INTO items (embedding) SELECT random_vectors(2000)');
check('after inserts');
$primary->safe_psql('postgres', 'DELETE FROM items WHERE id % 3 = 0');
check('after deletes');
$primary->safe_psql('postgres', 'VACUUM items');
check('after vacuum');
$primary->safe_psql('postgres', 'INSERT INTO items (embedding) SELECT random_vectors(1000)');
check('after reusing space');

$standby->promote;
$standby->safe_psql('postgres', 'INSERT INTO items (embedding) SELECT random_vectors(100)');
is($standby->safe_psql('postgres', q{
  SET enable_seqscan = off;
  SET ivfflat.probes = 30;
  SELECT count(*) = (SELECT count(*) FROM items)
  FROM (SELECT id FROM items ORDER BY embedding <-> (SELECT embedding FROM items LIMIT 1)) t;
}), 't', 'the promoted standby takes writes');

done_testing();
