# pg_upgrade takes a database of pgvector to a server with this extension.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../compat";
use Pgvector;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $old = new_node_with_pgvector('old');
my $installation = $old->{_install_path};
plan skip_all => 'no pg_upgrade' unless -x "$installation/bin/pg_upgrade";
$old->init(no_data_checksums => 1); # the default of 18
$old->start;
$old->safe_psql('postgres', q{
  CREATE EXTENSION vector VERSION '0.8.6';
  CREATE TABLE items (id integer, v vector(3));
  INSERT INTO items SELECT i, ARRAY[i % 7, i % 11, i % 13]::vector FROM generate_series(1, 100) i;
  CREATE TABLE others (v vector(3));
  CREATE INDEX lists ON items USING ivfflat (v) WITH (lists = 2);
  CREATE INDEX graph ON others USING hnsw (v vector_l2_ops);
});
overwrite_index($old, 'graph', pgvector_file('hnsw'));
overwrite_index($old, 'lists', pgvector_file('ivfflat'));
$old->stop;

my $new = PostgreSQL::Test::Cluster->new('new', install_path => $installation);
$new->init(no_data_checksums => 1);
chdir PostgreSQL::Test::Utils::tempdir;
command_ok(
	[ "$installation/bin/pg_upgrade", '-d', $old->data_dir, '-D', $new->data_dir, '-b', "$installation/bin",
		'-B', "$installation/bin", '-s', $new->host, '-p', $old->port, '-P', $new->port ],
	'pg_upgrade');
$new->start;
is($new->safe_psql('postgres', q{SELECT extversion FROM pg_extension WHERE extname = 'vector'}), '0.8.6', 'the version stays');
$new->safe_psql('postgres', 'ALTER EXTENSION vector UPDATE');
is($new->safe_psql('postgres', 'SELECT statement FROM vector_takeover_report()'),
	"REINDEX INDEX CONCURRENTLY lists;\nREINDEX INDEX CONCURRENTLY graph;", 'the report lists both indexes');
$new->safe_psql('postgres', 'REINDEX INDEX CONCURRENTLY lists');
$new->safe_psql('postgres', 'REINDEX INDEX CONCURRENTLY graph');
is( $new->safe_psql('postgres', q{SET enable_seqscan = off; SET ivfflat.probes = 2;
    INSERT INTO items VALUES (101, '[1,2,3]');
    SELECT count(*) FROM (SELECT FROM items ORDER BY v <-> '[1,2,3]') t}),
	'101', 'then all works');
$new->stop;
done_testing();
