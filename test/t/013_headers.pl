# C code of other extensions can use the installed headers.
use strict;
use warnings FATAL => 'all';
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

chomp(my $include = `pg_config --includedir-server`);
my $source = "$FindBin::Bin/../../include/extension/vector";
for my $header (map { s/.*\///r } glob "$source/*.h")
{
	is(slurp_file("$include/extension/vector/$header"), slurp_file("$source/$header"), "$header is installed");
}

my ($compiler) = grep { system("$_ --version >/dev/null 2>&1") == 0 } 'cc', 'gcc', 'clang';
my $module = PostgreSQL::Test::Utils::tempdir . '/values.so';
my @flags = ('-std=c99', qw(-D_GNU_SOURCE -Wall -Wextra -Wno-unused-parameter -Werror -O2 -fPIC -shared), '-isystem', $include);
SKIP:
{
	skip 'no C compiler', 1 unless $compiler;
	my $errors = '';
	IPC::Run::run([ $compiler, @flags, "$FindBin::Bin/../modules/values.c", '-o', $module ], '2>', \$errors);
	is($errors, '', 'C code that includes them compiles');

	# In any order, and in C++ too
	for my $language ('c', 'c++')
	{
		my $text = join "\n", map { "#include \"$_\"" } 'postgres.h', 'fmgr.h',
		  map { "extension/vector/$_.h" } qw(vector sparsevec halfvec vector);
		IPC::Run::run([ $compiler, '-x', $language, '-fsyntax-only', '-isystem', $include, '-' ], '<', \$text, '2>', \$errors);
		is($errors, '', "they can be included twice, in $language");
	}

	my $node = PostgreSQL::Test::Cluster->new('primary');
	$node->init;
	$node->start;
	$node->safe_psql('postgres', qq{
    CREATE EXTENSION vector;
    CREATE FUNCTION reversed(vector) RETURNS vector LANGUAGE c STRICT AS '$module', 'reversed_vector';
    CREATE FUNCTION reversed(halfvec) RETURNS halfvec LANGUAGE c STRICT AS '$module', 'reversed_halfvec';
    CREATE FUNCTION doubled(sparsevec) RETURNS sparsevec LANGUAGE c STRICT AS '$module', 'doubled_sparsevec';
    CREATE FUNCTION ones(integer) RETURNS vector LANGUAGE c STRICT AS '$module';
    CREATE FUNCTION half_zeros(integer) RETURNS halfvec LANGUAGE c STRICT AS '$module';
    CREATE FUNCTION sparse_ones(integer) RETURNS sparsevec LANGUAGE c STRICT AS '$module';
    CREATE TABLE stored AS SELECT sparsevec_v::vector AS v, sparsevec_v::halfvec AS h, sparsevec_v AS s
      FROM (SELECT array_agg(i % 5 - 2)::sparsevec AS sparsevec_v FROM generate_series(1, 4000) i) t});
	my %results = (
		q{reversed('[1,2,3.5]'::vector)} => '[3.5,2,1]',
		q{reversed('[1,2,3.5]'::halfvec)} => '[3.5,2,1]',
		q{doubled('{2:1,5:-2.5}/7')} => '{2:2,5:-5}/7',
		q{doubled('{}/7')} => '{}/7',
		q{ones(3)} => '[1,1,1]',
		q{half_zeros(3)} => '[0,0,0]',
		q{sparse_ones(3)} => '{1:1,2:1,3:1}/1000');
	for my $expression (sort keys %results)
	{
		is($node->safe_psql('postgres', "SELECT '[0]'::vector IS NULL; SELECT $expression"), "f\n$results{$expression}", $expression);
	}
	is($node->safe_psql('postgres', q{
      SELECT reversed(reversed(v)) = v AND reversed(reversed(h)) = h AND doubled(s)::vector = v + v FROM stored}),
		't', 'values that are out of line');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM stored WHERE pg_column_size(v) > 16000'), '1', 'indeed');
	$node->stop;
}

done_testing();
