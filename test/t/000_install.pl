# The extension can be installed, survives a crash, and can be removed.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init;
$node->start;

# What a database holds beyond the system's own objects.
my $objects = q{SELECT
  (SELECT count(*) FROM pg_proc WHERE oid >= 16384) +
  (SELECT count(*) FROM pg_type WHERE oid >= 16384) +
  (SELECT count(*) FROM pg_operator WHERE oid >= 16384) +
  (SELECT count(*) FROM pg_opclass WHERE oid >= 16384) +
  (SELECT count(*) FROM pg_am WHERE oid >= 16384) +
  (SELECT count(*) FROM pg_cast WHERE oid >= 16384) +
  (SELECT count(*) FROM pg_depend WHERE objid >= 16384)};

is($node->safe_psql('postgres', $objects), '0', 'the database is empty');
$node->safe_psql('postgres', 'CREATE EXTENSION vector');
cmp_ok($node->safe_psql('postgres', $objects), '>', 0, 'the extension is there');

# 3000 dimensions are 12 kB: more than fits into a row.
$node->safe_psql('postgres', q{
  CREATE TABLE t (id integer PRIMARY KEY, v vector(3000));
  ALTER TABLE t ALTER COLUMN v SET STORAGE EXTERNAL;
  INSERT INTO t SELECT i, (SELECT array_agg(sin(i * j)) FROM generate_series(1, 3000) j)::real[]::vector
    FROM generate_series(1, 20) i;
});
my $sum = q{SELECT md5(string_agg(v::text, ' ' ORDER BY id)) FROM t};
my $before = $node->safe_psql('postgres', $sum);
like($before, qr/^[0-9a-f]{32}$/, 'vectors can be read');
cmp_ok(
	$node->safe_psql('postgres',
		q{SELECT pg_relation_size(reltoastrelid) FROM pg_class WHERE oid = 't'::regclass}),
	'>=', 20 * 12000, 'vectors are toasted');

$node->stop('immediate');
$node->start;
is($node->safe_psql('postgres', $sum), $before, 'vectors survive a crash');

my ($status, undef, $stderr) = $node->psql('postgres', 'DROP EXTENSION vector');
isnt($status, 0, 'an extension in use stays');
like($stderr, qr/other objects depend on it/, 'and the error says why');

$node->safe_psql('postgres', 'DROP TABLE t; DROP EXTENSION vector');
is($node->safe_psql('postgres', $objects), '0', 'nothing is left');

$node->stop;
done_testing();
