# A session that is terminated while threads work on its index, as by a shutdown, ends alone: the
# server goes on, and nothing is left behind.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use IPC::Run qw(start finish);

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\nmaintenance_work_mem = 256MB\nlog_statement = none\n");
$node->start;
$node->safe_psql('postgres', q{
  CREATE EXTENSION vector;
  CREATE TABLE items (id serial, embedding vector(64));
  INSERT INTO items (embedding)
    SELECT (array_agg(random()))::vector FROM generate_series(1, 40000) i, generate_series(1, 64) d GROUP BY i;
  ALTER TABLE items SET (parallel_workers = 2);
  CHECKPOINT;
});

my $files = sub { scalar(() = glob($node->data_dir . '/base/*/*')) };
my $before = $files->();

# Begins a build, and calls end($pid) at so many milliseconds of a phase; whether it came to that.
sub end_in_phase
{
	my ($definition, $phase, $delay, $end) = @_;
	my ($out, $err) = ('', '');
	my $build = start(
		[ 'psql', '-X', '-d', $node->connstr('postgres'), '-c', "CREATE INDEX idx ON items USING $definition" ],
		'>', \$out, '2>', \$err);
	my $pid = $node->safe_psql('postgres', qq{
    CREATE OR REPLACE FUNCTION wait_for_phase() RETURNS int LANGUAGE plpgsql AS \$\$
    DECLARE result int;
    BEGIN
      FOR i IN 1..5000 LOOP
        PERFORM pg_sleep(0.002);
        PERFORM pg_stat_clear_snapshot();
        SELECT pid INTO result FROM pg_stat_progress_create_index WHERE phase LIKE '%$phase%';
        EXIT WHEN result IS NOT NULL
          OR i > 100 AND NOT EXISTS (SELECT FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%');
      END LOOP;
      PERFORM pg_sleep($delay / 1000.0);
      RETURN result;
    END \$\$;
    SELECT wait_for_phase();
  });
	$end->($pid) if $pid ne '';
	finish($build);
	return $err;
}

for my $case ([ 'hnsw (embedding vector_l2_ops)', 'building graph' ],
	[ 'ivfflat (embedding vector_l2_ops) WITH (lists = 2000)', 'k-means' ])
{
	my ($definition, $phase) = @$case;
	my $ended = 0;
	for my $delay (0, 20, 60, 150, 300)
	{
		my $err = end_in_phase($definition, $phase, $delay,
			sub { $node->safe_psql('postgres', "SELECT pg_terminate_backend($_[0], 10000)") });
		$ended++ if $err =~ /terminating connection due to administrator command/;
		$node->safe_psql('postgres', 'DROP INDEX IF EXISTS idx');
	}
	cmp_ok($ended, '>', 0, "$phase: at least one build was terminated");
	unlike(slurp_file($node->logfile), qr/was terminated by signal/, "$phase: the server did not crash");
}
$node->safe_psql('postgres', 'DROP FUNCTION wait_for_phase()');
$node->safe_psql('postgres', 'CHECKPOINT');
is($files->(), $before, 'no file is left');

end_in_phase('hnsw (embedding vector_l2_ops)', 'building graph', 20, sub { $node->stop('fast') });
unlike(slurp_file($node->logfile), qr/was terminated by signal/, 'a shutdown in the midst is clean');
$node->start;
unlike(slurp_file($node->logfile), qr/automatic recovery in progress/, 'and leaves nothing to recover');

done_testing();
