# The planner's hook works however the library is loaded, and beside other hooks.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init;
$node->start;
$node->safe_psql('postgres', q{
  CREATE EXTENSION vector;
  CREATE TABLE items (id int, embedding vector(3));
  INSERT INTO items SELECT i, ARRAY[i, i, i]::vector FROM generate_series(1, 1000) i;
  CREATE INDEX ON items USING ivfflat (embedding vector_l2_ops) WITH (lists = 5);
  ANALYZE items;
  ALTER DATABASE postgres SET enable_seqscan = off});

# Nothing that the session does before planning this needs the library.
my $query = q{SELECT id FROM items ORDER BY embedding <-> (SELECT embedding FROM items WHERE id = 7) LIMIT 3};
my $explain = "EXPLAIN (VERBOSE, COSTS OFF) $query";

sub drops
{
	my ($statements) = @_;
	my $plan = $node->safe_psql('postgres', $statements);
	like($plan, qr/Order By: .*<->/, 'the index gives the order');
	return $plan !~ /Output: .*<->/;
}

ok(!drops("$explain"), 'not loaded: the first statement loads the library');
ok(drops("$query; $explain"), 'loaded by the first statement');
ok(drops("LOAD 'vector'; LOAD 'vector'; $explain"), 'LOAD');
ok(drops($explain =~ s/\(SELECT.*\)/'[7,7,7]'/r), 'loaded by a value');
ok(!drops("SET vector.drop_hidden_distance = off; LOAD 'vector'; $explain"), 'off before the library is loaded');
ok(drops("LOAD 'vector'; BEGIN; SET LOCAL vector.drop_hidden_distance = off; ROLLBACK; $explain"), 'off for a transaction');

my @modules = grep { $node->psql('postgres', "LOAD '$_'") == 0 } 'auto_explain', 'pg_stat_statements';
note("other modules: @modules");

sub works_with
{
	my ($name, %settings) = @_;
	$node->append_conf('postgresql.conf', "$_ = '$settings{$_}'") for sort keys %settings;
	$node->restart;
	ok(drops($explain), "$name: dropped in the first statement");
	is($node->safe_psql('postgres', $query), "7\n6\n8", "$name: rows");
	is($node->safe_psql('postgres', "PREPARE q AS $query; EXECUTE q; SET plan_cache_mode = force_generic_plan; EXECUTE q"),
		"7\n6\n8\n7\n6\n8", "$name: prepared statements");
	my ($status, $output, $errors) = $node->psql('postgres', 'SELECT id FROM items WHERE id = 1 / 0');
	like($errors, qr/division by zero/, "$name: errors while planning");
}

works_with('session_preload_libraries', session_preload_libraries => 'vector');
works_with('shared_preload_libraries', session_preload_libraries => '', shared_preload_libraries => 'vector');
for my $order ([ 'vector', @modules ], [ @modules, 'vector' ])
{
	my %others = (shared_preload_libraries => join(', ', @$order));
	@others{ 'auto_explain.log_min_duration', 'auto_explain.log_verbose', 'auto_explain.log_analyze' } = (0, 'on', 'on')
	  if grep { $_ eq 'auto_explain' } @modules;
	$others{'pg_stat_statements.track_planning'} = 'on' if grep { $_ eq 'pg_stat_statements' } @modules;
	works_with($others{shared_preload_libraries}, %others);
}
SKIP:
{
	skip 'no pg_stat_statements', 1 unless grep { $_ eq 'pg_stat_statements' } @modules;
	is($node->safe_psql('postgres', qq{
    CREATE EXTENSION pg_stat_statements;
    SELECT pg_stat_statements_reset() IS NULL AS is_reset;
    $query; $query;
    SELECT plans, calls, rows FROM pg_stat_statements WHERE query LIKE 'SELECT id FROM items%'}) =~ s/^[tf]\n//r,
		"7\n6\n8\n7\n6\n8\n2|2|6", 'pg_stat_statements counts');
}

$node->stop;
done_testing();
