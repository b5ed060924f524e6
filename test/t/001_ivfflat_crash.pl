# Kills the server during inserts, deletes and vacuum: afterwards the index
# agrees with the heap, row by row.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init;
$node->append_conf('postgresql.conf', "max_wal_size = 256MB\nautovacuum = off\n");
$node->start;
$node->safe_psql('postgres', q{
  CREATE EXTENSION vector;
  CREATE TABLE items (id serial PRIMARY KEY, embedding vector(64));
  CREATE FUNCTION random_vector() RETURNS vector LANGUAGE sql VOLATILE AS
    'SELECT array_agg(random())::vector FROM generate_series(1, 64)';
  CREATE FUNCTION random_vectors(n int) RETURNS SETOF vector LANGUAGE sql VOLATILE AS
    'SELECT array_agg(random())::vector FROM generate_series(1, n) i, generate_series(1, 64) GROUP BY i';
  INSERT INTO items (embedding) SELECT random_vectors(2000);
  CREATE INDEX items_idx ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 20);
  CREATE UNLOGGED TABLE brief (id serial, embedding vector(64));
  CREATE INDEX brief_idx ON brief USING ivfflat (embedding vector_l2_ops) WITH (lists = 20);
  INSERT INTO brief (embedding) SELECT random_vectors(500);
});

# Rows that one of heap and index lacks.
sub differences
{
	my ($table) = @_;
	return $node->safe_psql('postgres', qq{
    SET ivfflat.probes = 20;
    SET enable_seqscan = off;
    CREATE TEMP TABLE found AS
      SELECT id FROM $table ORDER BY embedding <-> (SELECT embedding FROM $table ORDER BY id LIMIT 1);
    SET enable_seqscan = on;
    SET enable_indexscan = off;
    SELECT count(*) FROM (
      (SELECT id FROM found EXCEPT ALL SELECT id FROM $table)
      UNION ALL (SELECT id FROM $table WHERE embedding IS NOT NULL EXCEPT ALL SELECT id FROM found)) t;
  });
}

# Each statement in a file of many, for a psql that runs until the server is gone.
my $directory = PostgreSQL::Test::Utils::tempdir();
sub loop_file
{
	my ($name, $sql) = @_;
	my $path = "$directory/$name.sql";
	append_to_file($path, "$sql\n" x 3000);
	return $path;
}

my $insert = loop_file('insert', 'INSERT INTO items (embedding) SELECT random_vectors(5);');
my $delete = loop_file('delete',
	'DELETE FROM items WHERE id IN (SELECT id FROM items ORDER BY random() LIMIT 5);');
my $vacuum = loop_file('vacuum', 'VACUUM items;');

for my $round (1 .. 6)
{
	my @running;
	for my $file ($insert, $insert, $delete, $vacuum)
	{
		my ($out, $err) = ('', '');
		push @running, IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-f', $file ],
			'>', \$out, '2>', \$err);
	}
	select(undef, undef, undef, 0.3 + 0.25 * $round);
	$node->stop('immediate');
	$_->finish for @running;
	$node->start;
	is(differences('items'), '0', "round $round: index agrees with heap after the crash");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM vector_index_check('items_idx', true) WHERE severity = 'error'}), '0',
		"round $round: a check finds no error after the crash");
	$node->safe_psql('postgres', 'VACUUM items');
	is(differences('items'), '0', "round $round: and after a vacuum");
	is($node->safe_psql('postgres', q{SELECT count(*) FROM vector_index_check('items_idx', true) WHERE severity = 'error'}), '0',
		"round $round: nor after a vacuum");
}

is($node->safe_psql('postgres', 'SELECT count(*) FROM brief'), '0', 'unlogged table is empty after a crash');
$node->safe_psql('postgres', 'INSERT INTO brief (embedding) SELECT random_vectors(500)');
is(differences('brief'), '0', 'its index works again');

# A crash right after a build, before any checkpoint.
$node->safe_psql('postgres', 'REINDEX INDEX items_idx');
$node->stop('immediate');
$node->start;
is(differences('items'), '0', 'index agrees with heap after a crash behind its build');

done_testing();
