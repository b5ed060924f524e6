# A table whose rows are all replaced ten times over: its index finds as much as one
# built anew, and is hardly larger.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\nmax_wal_size = 4GB\nfsync = off\n");
$node->start;
$node->safe_psql('postgres', q{
  CREATE EXTENSION vector;
  -- Overlapping clusters, the same for all rows: centre plus noise.
  CREATE TABLE centres (cluster int PRIMARY KEY, centre float8[]);
  SELECT setseed(0.1);
  INSERT INTO centres SELECT c, array_agg(2 * random()) FROM generate_series(0, 49) c, generate_series(1, 64) d GROUP BY c;
  CREATE FUNCTION near_centre(cluster int) RETURNS vector LANGUAGE sql VOLATILE AS
    'SELECT array_agg(x + 1.2 * (random() + random() + random() + random() - 2))::vector
     FROM centres c, unnest(centre) x WHERE c.cluster = $1 / 80';
});

sub recall
{
	return $node->safe_psql('postgres', q{
    SET enable_seqscan = off;
    SET ivfflat.probes = 4;
    SELECT round(avg((SELECT count(*) FROM
      (SELECT embedding <-> q.v AS d FROM items ORDER BY embedding <-> q.v LIMIT 10) t WHERE d <= farthest + 1e-6)) / 10, 4)
    FROM queries q;
  });
}

# Codes, and plain lists; deletes all over the lists, and of whole clusters.
for my $case ([ 'rabitq', 'id % 10 = ?' ], [ 'none', 'id / 400 = ?' ])
{
	my ($quantizer, $condition) = @$case;
	my $name = "$quantizer, $condition";
	$node->safe_psql('postgres', qq{
    DROP TABLE IF EXISTS items, queries;
    CREATE TABLE items (id int PRIMARY KEY, embedding vector(64));
    SELECT setseed(0.2);
    INSERT INTO items SELECT i, near_centre(i) FROM generate_series(0, 3999) i;
    CREATE INDEX idx ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 40, quantizer = $quantizer);
  });

	# 100 steps of a tenth.
	my $script = "SELECT setseed(0.3);\n";
	for my $step (0 .. 99)
	{
		my $where = $condition =~ s/\?/$step % 10/er;
		$script .= qq{
      DELETE FROM items WHERE $where;
      VACUUM items;
      INSERT INTO items SELECT id, near_centre(id) FROM generate_series(0, 3999) id WHERE $where;
    };
	}
	$node->safe_psql('postgres', $script);

	$node->safe_psql('postgres', q{
    SET enable_indexscan = off;
    SELECT setseed(0.4);
    CREATE TABLE queries AS SELECT i, near_centre(i * 2) v, 0.0::float8 farthest FROM generate_series(0, 1999) i;
    UPDATE queries SET farthest = (SELECT max(d) FROM
      (SELECT embedding <-> v AS d FROM items ORDER BY embedding <-> v LIMIT 10) t);
  });
	my ($recall, $size) = (recall(), $node->safe_psql('postgres', q{SELECT pg_relation_size('idx')}));
	$node->safe_psql('postgres', 'REINDEX INDEX idx');
	my ($fresh_recall, $fresh_size) =
	  (recall(), $node->safe_psql('postgres', q{SELECT pg_relation_size('idx')}));
	note "$name: recall $recall, fresh $fresh_recall; size $size, fresh $fresh_size";
	cmp_ok($fresh_recall, '<', 0.999, "$name: some neighbours are hard to find");
	cmp_ok($recall, '>=', $fresh_recall - 0.005, "$name: recall is that of a fresh index");
	cmp_ok($size, '<=', 1.3 * $fresh_size, "$name: size is that of a fresh index");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM vector_index_check('idx', true)}), '0', "$name: a check finds nothing");
}

done_testing();
