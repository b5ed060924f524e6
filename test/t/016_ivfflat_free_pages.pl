# Pages that vacuum takes out of lists: they survive crashes, serve again, and standbys
# that search beside their new use are never misled.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', q{
wal_consistency_checking = 'generic'
autovacuum = off
max_wal_size = 1GB
});
$primary->start;
$primary->safe_psql('postgres', q{
  CREATE EXTENSION vector;
  -- Ten clusters, far from each other.
  CREATE FUNCTION rows_of(clusters int[], n int) RETURNS SETOF vector LANGUAGE sql VOLATILE AS
    'SELECT array_agg(100 * c + random())::vector
     FROM unnest(clusters) c, generate_series(1, n) i, generate_series(1, 80) GROUP BY c, i ORDER BY c, i';
  CREATE TABLE items (id serial PRIMARY KEY, cluster int, embedding vector(80));
  CREATE FUNCTION fill(clusters int[], n int) RETURNS void LANGUAGE sql AS
    'INSERT INTO items (cluster, embedding) SELECT round((v::real[])[1] / 100 - 0.5), v FROM rows_of(clusters, n) v';
  SELECT setseed(0.5);
  SELECT fill('{0,1,2,3,4,5,6,7,8,9}', 300);
  CREATE INDEX codes ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 10);
  CREATE INDEX plain ON items USING ivfflat (embedding vector_cosine_ops) WITH (lists = 10, quantizer = none);
});

# Whether heap and index have the same rows.
sub agrees
{
	my ($node, $operator) = @_;
	return $node->safe_psql('postgres', qq{
    BEGIN ISOLATION LEVEL REPEATABLE READ;
    SET LOCAL ivfflat.probes = 10;
    SET LOCAL enable_seqscan = off;
    SELECT string_agg(id::text, ',' ORDER BY id) = (SELECT string_agg(id::text, ',' ORDER BY id) FROM items)
    FROM (SELECT id FROM items ORDER BY embedding $operator (SELECT rows_of('{3}', 1))) t;
    COMMIT;
  });
}

sub size { return $primary->safe_psql('postgres', "SELECT pg_relation_size('codes'), pg_relation_size('plain')"); }

# Crashes while clusters come and go.
my $directory = PostgreSQL::Test::Utils::tempdir();
my %sql = (
	insert => q{SELECT fill(array[(random() * 9)::int], 30);},
	delete => q{DELETE FROM items WHERE cluster = (SELECT (random() * 9)::int) AND id % 50 > 0;},
	vacuum => q{VACUUM items;});
append_to_file("$directory/$_.sql", "$sql{$_}\n" x 3000) for keys %sql;
for my $round (1 .. 4)
{
	my @running;
	for my $name (qw(insert insert delete vacuum))
	{
		my ($out, $err) = ('', '');
		push @running, IPC::Run::start([ 'psql', '-XAtq', '-d', $primary->connstr('postgres'), '-f', "$directory/$name.sql" ],
			'>', \$out, '2>', \$err);
	}
	select(undef, undef, undef, 0.4 + 0.3 * $round);
	$primary->stop('immediate');
	$_->finish for @running;
	$primary->start;
	is(agrees($primary, $_), 't', "round $round: index and heap agree after the crash, $_") for ('<->', '<=>');
	$primary->safe_psql('postgres', 'VACUUM items');
	is(agrees($primary, $_), 't', "round $round: and after a vacuum, $_") for ('<->', '<=>');
}

# What one cluster had serves another.
$primary->safe_psql('postgres', q{TRUNCATE items; SELECT fill('{0,1,2,3,4,5,6,7,8,9}', 300); REINDEX TABLE items;});
my $before = size();
for my $cluster (1 .. 4)
{
	$primary->safe_psql('postgres', "DELETE FROM items WHERE cluster = $cluster");
	$primary->safe_psql('postgres', 'VACUUM items');
	$primary->safe_psql('postgres', 'CREATE TABLE tick ()');
	$primary->safe_psql('postgres', 'DROP TABLE tick');
	$primary->safe_psql('postgres', "SELECT fill('{5}', 280)");
}
is(size(), $before, 'pages of one cluster serve another');
is(agrees($primary, '<->'), 't', 'index and heap agree');

# A standby that never cancels a search: replay waits where a page is used again, not
# where it is taken out.
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->append_conf('postgresql.conf', "max_standby_streaming_delay = -1\n");
$standby->start;

$primary->safe_psql('postgres', 'DELETE FROM items WHERE cluster IN (6, 7)');
$primary->wait_for_catchup($standby);
my $cursor = $standby->background_psql('postgres');
$cursor->query_safe(q{SET enable_seqscan = off});
$cursor->query_safe(q{SET ivfflat.probes = 10});
$cursor->query_safe(q{BEGIN ISOLATION LEVEL REPEATABLE READ});
$cursor->query_safe(q{DECLARE c CURSOR FOR SELECT id FROM items ORDER BY embedding <-> (SELECT rows_of('{0}', 1))});
my $expected = $cursor->query_safe('SELECT count(*) FROM items');
my $found = () = $cursor->query_safe('FETCH 10 FROM c') =~ /\d+/g;

# Truncation would lock the table on the standby. The cursor pins a page of the table where
# no row is dead.
$primary->safe_psql('postgres', 'VACUUM (TRUNCATE off) items');
$primary->wait_for_catchup($standby);
pass('the pages of dead rows are taken out beside the search');
$primary->safe_psql('postgres', 'CREATE TABLE tick ()');
$primary->safe_psql('postgres', "SELECT fill('{8}', 500)");
$standby->poll_query_until('postgres',
	"SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'startup' AND wait_event = 'RecoveryConflictSnapshot'")
  or die 'replay does not wait';
pass('their new use waits for the search');
$found += () = $cursor->query_safe('FETCH ALL FROM c') =~ /\d+/g;
is($found, $expected, 'which finds all of its rows');
$cursor->query_safe('COMMIT');
$primary->wait_for_catchup($standby);
is(agrees($standby, $_), 't', "the standby is up to date then, $_") for ('<->', '<=>');
$cursor->quit;

done_testing();
