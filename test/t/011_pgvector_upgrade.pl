# ALTER EXTENSION UPDATE takes over what pgvector has created, and until then the
# library serves pgvector's catalogue.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../compat";
use Pgvector;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node_with_pgvector('primary');
$node->init;
$node->start;

sub new_database
{
	my ($name, $version) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, 'CREATE EXTENSION vector' . ($version ? " VERSION '$version'" : ''));
}

# Types, operators, casts, aggregates, indexes. Ends as it began.
my $exercise = q{
  SET extra_float_digits = 0;
  SELECT '[1,2,3]'::vector(3), '[1,2,3]'::halfvec(3), '{1:1,3:2}/5'::sparsevec(5), vector_send('[1,2]');
  SELECT '[1,2]'::vector <-> '[4,6]', '[1,2]'::vector <#> '[3,4]', '[1,0]'::vector <=> '[0,1]', '[1,2]'::vector <+> '[3,4]';
  SELECT '[1,2]'::halfvec <-> '[4,6]', '[1,2]'::halfvec <#> '[3,4]', '[1,0]'::halfvec <=> '[0,1]', '[1,2]'::halfvec <+> '[3,4]';
  SELECT '{1:1}/2'::sparsevec <-> '{2:1}/2', '{1:1}/2'::sparsevec <#> '{1:3}/2', '{1:1}/2'::sparsevec <=> '{2:1}/2', '{1:1}/2'::sparsevec <+> '{2:1}/2';
  SELECT B'101' <~> B'110', B'101' <%> B'110', binary_quantize('[1,-1]'::vector), binary_quantize('[1,-1]'::halfvec);
  SELECT '[1,2]'::vector + '[3,4]', '[1,2]'::vector - '[3,4]', '[1,2]'::vector * '[3,4]', '[1,2]'::vector || '[3,4]';
  SELECT '[1,2]'::halfvec + '[3,4]', '[1,2]'::halfvec - '[3,4]', '[1,2]'::halfvec * '[3,4]', '[1,2]'::halfvec || '[3,4]';
  SELECT ARRAY[1,2]::vector, ARRAY[1.5,2]::halfvec, '[1,0]'::vector::sparsevec, '[1,0]'::halfvec::vector::real[];
  SELECT vector_dims('[1,2]'::vector), vector_norm('[3,4]'), l2_norm('[3,4]'::halfvec), l2_normalize('[3,4]'::vector), subvector('[1,2,3]'::vector, 2, 2);
  SELECT '[1,2]'::vector < '[1,3]', '[1,2]'::halfvec = '[1,2]', '{1:1}/2'::sparsevec > '{2:1}/2';
  CREATE TABLE items (id serial, v vector(3), h halfvec(3), s sparsevec(3));
  INSERT INTO items (v, h, s) SELECT v, v, v FROM (SELECT ARRAY[i % 7, i % 11, i % 13]::vector v FROM generate_series(1, 500) i) t;
  SELECT avg(v), sum(v), avg(h), sum(h) FROM items WHERE id < 100;
  SELECT count(DISTINCT v), count(DISTINCT h), count(DISTINCT s) FROM items;
  CREATE INDEX ON items (v);
  CREATE INDEX ON items USING ivfflat (v) WITH (lists = 5);
  CREATE INDEX ON items USING ivfflat (v vector_ip_ops) WITH (lists = 5);
  CREATE INDEX ON items USING ivfflat (v vector_cosine_ops) WITH (lists = 5);
  CREATE INDEX ON items USING ivfflat (h halfvec_l2_ops) WITH (lists = 5);
  CREATE INDEX ON items USING ivfflat (h halfvec_ip_ops) WITH (lists = 5);
  CREATE INDEX ON items USING ivfflat (h halfvec_cosine_ops) WITH (lists = 5);
  CREATE INDEX ON items USING ivfflat ((binary_quantize(v)::bit(3)) bit_hamming_ops) WITH (lists = 5);
  CREATE INDEX ON items USING hnsw (v vector_l1_ops) WITH (m = 8, ef_construction = 40);
  CREATE INDEX ON items USING hnsw (h halfvec_l1_ops);
  CREATE INDEX ON items USING hnsw (s sparsevec_l2_ops);
  CREATE INDEX ON items USING hnsw (s sparsevec_cosine_ops);
  CREATE INDEX ON items USING hnsw ((binary_quantize(v)::bit(3)) bit_jaccard_ops);
  SET enable_seqscan = off;
  SET hnsw.ef_search = 100;
  SET ivfflat.probes = 5;
  SELECT array_agg(v <-> '[1,2,3]') FROM (SELECT v FROM items ORDER BY v <-> '[1,2,3]' LIMIT 5) t;
  INSERT INTO items (v) SELECT '[1,2,3]' FROM generate_series(1, 3);
  DELETE FROM items WHERE id % 3 = 0;
  SELECT array_agg(v <-> '[1,2,3]') FROM (SELECT v FROM items ORDER BY v <-> '[1,2,3]' LIMIT 5) t;
  SELECT array_agg(v <#> '[1,2,3]') FROM (SELECT v FROM items ORDER BY v <#> '[1,2,3]' LIMIT 5) t;
  SELECT array_agg(round((v <=> '[1,2,3]')::numeric, 5)) FROM (SELECT v FROM items ORDER BY v <=> '[1,2,3]' LIMIT 5) t;
  SELECT array_agg(h <-> '[1,2,3]') FROM (SELECT h FROM items ORDER BY h <-> '[1,2,3]' LIMIT 5) t;
  SELECT array_agg(h <#> '[1,2,3]') FROM (SELECT h FROM items ORDER BY h <#> '[1,2,3]' LIMIT 5) t;
  SELECT count(*) FROM (SELECT h FROM items ORDER BY binary_quantize(v)::bit(3) <~> B'101' LIMIT 5) t;
  SELECT array_agg(v <+> '[1,2,3]') FROM (SELECT v FROM items ORDER BY v <+> '[1,2,3]' LIMIT 5) t;
  SELECT array_agg(s <-> '{1:1}/3') FROM (SELECT s FROM items ORDER BY s <-> '{1:1}/3' LIMIT 5) t;
  EXPLAIN (COSTS OFF) SELECT v FROM items ORDER BY v <-> '[1,2,3]' LIMIT 5;
  EXPLAIN (COSTS OFF) SELECT s FROM items ORDER BY s <-> '{1:1}/3' LIMIT 5;
  VACUUM items;
  REINDEX TABLE items;
  DROP TABLE items;
};

# A fresh installation has all that pgvector has.
new_database('fresh');
new_database('pgvector', '0.8.6');
my @fresh = catalogue($node, 'fresh', comments => 1);
my @pgvector = catalogue($node, 'pgvector');
# Arrays are members from 17 on.
is(scalar(grep { !/^operator family|^type \| \S+\[\]/ } @pgvector), 210, "pgvector's objects are there");
my @ours = catalogue($node, 'fresh', planner_aside => 1);
my @expected = catalogue($node, 'pgvector', planner_aside => 1);
cmp_ok(scalar @expected, '>', 180, 'there is something to compare');
is(without(\@expected, \@ours), '', 'a fresh installation lacks nothing of pgvector and changes nothing');

my $expected = $node->safe_psql('fresh', $exercise);
like($expected, qr/Index Scan using items_v_idx1/, 'the exercise uses an index');
like($expected, qr/Index Scan using items_s_idx/, 'and one of hnsw');

for my $version (@Pgvector::VERSIONS)
{
	(my $name = "v$version") =~ s/\./_/g;
	new_database($name, $version);
	is($node->safe_psql($name, $exercise), $expected, "$version: the old catalogue works with the library");

	$node->safe_psql($name, q{
    CREATE TABLE kept (id serial, v vector(3), h halfvec(3), s sparsevec(3));
    INSERT INTO kept (v, h, s) VALUES ('[1,2,3]', '[1,2,3]', '{1:1}/3');
    CREATE INDEX kept_idx ON kept USING ivfflat (v vector_l2_ops);
    CREATE VIEW near AS SELECT id FROM kept ORDER BY v <-> '[1,1,1]';
    ALTER EXTENSION vector UPDATE});
	is($node->safe_psql($name, q{SELECT extversion FROM pg_extension WHERE extname = 'vector'}),
		'0.9.0', "$version: updated");
	is($node->safe_psql($name, 'SET enable_seqscan = off; SELECT * FROM near'), '1', "$version: its tables stay");
	is($node->safe_psql($name, $exercise), $expected, "$version: the new catalogue works");

	my @after = catalogue($node, $name, comments => 1);
	is(without(\@fresh, \@after), '', "$version: nothing of a fresh installation is missing");
	is(without(\@after, \@fresh), '', "$version: nothing else is there");
}

# The comparison sees what it should.
$node->safe_psql('v0_7_0', q{
  ALTER FUNCTION l2_distance(vector, vector) COST 2;
  COMMENT ON CAST (vector AS real[]) IS 'changed';
  ALTER OPERATOR < (vector, vector) SET (RESTRICT = contsel);
  ALTER TYPE vector SET (STORAGE = extended);
  ALTER OPERATOR FAMILY vector_l1_ops USING ivfflat ADD FUNCTION 2 (vector, vector) vector_norm(vector);});
my @changed = split /\n/, without(\@fresh, [ catalogue($node, 'v0_7_0', comments => 1) ]);
is(scalar @changed, 5, 'changes are found');

# As any extension, it can be moved and dropped after the update.
$node->safe_psql('v0_8_6', 'CREATE SCHEMA other; ALTER EXTENSION vector SET SCHEMA other');
is($node->safe_psql('v0_8_6', 'SELECT * FROM other.vector_takeover_report()'), '', 'it can be moved');
$node->safe_psql('v0_8_6', 'DROP EXTENSION vector CASCADE');
is($node->safe_psql('v0_8_6', q{SELECT count(*) FROM pg_am WHERE amname IN ('hnsw', 'ivfflat')}), '0', 'and dropped');

$node->stop;
done_testing();
