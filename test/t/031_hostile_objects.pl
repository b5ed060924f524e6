# What a user puts where functions, operators and types are looked up captures nothing of what a
# superuser does with the extension; and nobody else may install or update it.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../compat";
use Pgvector;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_node_with_pgvector('primary');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\nmax_parallel_maintenance_workers = 0\n");
$node->start;

# Mallory may create what she likes in `public`, but for others' extensions. Her traps write down
# who runs them.
$node->safe_psql('postgres', q{
  CREATE ROLE mallory LOGIN;
  CREATE DATABASE hostile;
});
$node->safe_psql('hostile', q{
  GRANT CREATE ON SCHEMA public TO mallory;
  GRANT CREATE ON DATABASE hostile TO mallory;
});
my $as_mallory = "SET ROLE mallory;\n";
$node->safe_psql('hostile', $as_mallory . q{
  CREATE TABLE captured (who name, what text);
  GRANT ALL ON captured TO PUBLIC;
  CREATE FUNCTION trap(what text) RETURNS void LANGUAGE plpgsql AS $$
  BEGIN
    IF current_user <> 'mallory' THEN INSERT INTO public.captured VALUES (current_user, what); END IF;
  END $$;
});

# An operator or function that is as good as any where arguments of these types are looked up.
my $number = 0;

sub operator_trap
{
	my ($name, $left, $right) = @_;
	$number++;
	return qq{
    CREATE FUNCTION trap_$number($left, $right) RETURNS boolean LANGUAGE plpgsql AS \$\$
      BEGIN PERFORM public.trap('$name($left,$right)'); RETURN true; END \$\$;
    CREATE OPERATOR $name (LEFTARG = $left, RIGHTARG = $right, FUNCTION = trap_$number);};
}

sub function_trap
{
	my ($name, $returns, @types) = @_;
	my $arguments = join ', ', @types;
	return qq{
    CREATE FUNCTION $name($arguments) RETURNS $returns LANGUAGE plpgsql AS \$\$
      BEGIN PERFORM public.trap('$name($arguments)'); RETURN NULL; END \$\$;};
}

my @names = qw(oid regclass regproc regtype name text "char" int2 int4 int8 unknown boolean);
my $operators = '';
my $known = $node->safe_psql('hostile', q{SELECT format('%s %s %s', oprname, oprleft::regtype, oprright::regtype) FROM pg_operator});
my %is_known = map { $_ => 1 } split /\n/, $known;
my %printed = (int2 => 'smallint', int4 => 'integer', int8 => 'bigint');
for my $name ('=', '<>', '<', '>', '||', '~')
{
	for my $left (grep { $_ ne 'unknown' } @names)
	{
		for my $right (grep { $_ ne 'unknown' } @names)
		{
			my $signature = join ' ', $name, map { $printed{$_} // $_ } $left, $right;
			$operators .= operator_trap($name, $left, $right) unless $is_known{$signature};
		}
	}
}
$node->safe_psql('hostile', $as_mallory . $operators);
cmp_ok($number, '>', 300, 'there are operators that match better than the system\'s');

$node->safe_psql('hostile', $as_mallory . join '',
	function_trap('format', 'text', 'text', 'text', 'text'),
	function_trap('format', 'text', 'text', 'name', 'name'),
	function_trap('concat', 'text', 'text', 'text'),
	function_trap('pg_identify_object', 'record', 'regclass', 'oid', 'int4'),
	function_trap('pg_my_temp_schema', 'oid', 'int4'),
	function_trap('vector_takeover_statement', 'text', 'oid'),
	function_trap('vector_takeover_statement', 'text', 'text'),
	function_trap('l2_distance', 'float8', 'real[]', 'real[]'),
	function_trap('vector_dims', 'integer', 'real[]'),
	function_trap('subvector', 'real[]', 'real[]', 'integer', 'integer'),
	function_trap('binary_quantize', 'bit', 'real[]'),
	function_trap('array_to_vector', 'real[]', 'text[]', 'integer', 'boolean'));

sub captured
{
	my ($database) = @_;
	return $node->safe_psql($database,
		'SELECT who, what, count(*) FROM captured GROUP BY who, what ORDER BY what COLLATE "C"');
}

# The traps work.
$node->safe_psql('hostile', q{SELECT 'pg_class'::regclass = 1259::oid, format('%s %s', 'a'::text, 'b'::text)});
is(captured('hostile'), "postgres|=(regclass,oid)|1\npostgres|format(text, text, text)|1", 'traps catch what is not exact');
$node->safe_psql('hostile', 'TRUNCATE captured');

# --- Who may install

for my $statement ('CREATE EXTENSION vector', q{CREATE EXTENSION vector VERSION '0.8.6'})
{
	my ($status, undef, $stderr) = $node->psql('hostile', $statement, extra_params => [ '-U', 'mallory' ]);
	isnt($status, 0, "$statement: refused");
	like($stderr, qr/permission denied to create extension "vector"\nHINT:  Must be superuser to create this extension/,
		'for want of privileges');
}
unlike(slurp_file("$FindBin::Bin/../../vector.control"), qr/trusted|superuser/, 'the extension is not trusted');

# --- What is in the way

# The scripts create objects and replace none.
for my $case (
	[ 'a type', 'CREATE TYPE vector AS (x int)', 'type "vector" already exists', 'DROP TYPE vector' ],
	[ 'a function', function_trap('hamming_distance', 'float8', 'bit', 'bit'),
		'function "hamming_distance" already exists', 'DROP FUNCTION hamming_distance' ],
	[ 'a report', function_trap('vector_takeover_report', 'int'),
		'function "vector_takeover_report" already exists', 'DROP FUNCTION vector_takeover_report' ],
	[ 'an operator', operator_trap('<~>', 'bit', 'bit'), 'operator <~> already exists', 'DROP OPERATOR <~> (bit, bit)' ],
	[ 'half an operator', q{CREATE FUNCTION half(bit, bit) RETURNS float8 LANGUAGE sql RETURN 1;
		CREATE OPERATOR <~~> (LEFTARG = bit, RIGHTARG = bit, FUNCTION = half, COMMUTATOR = <%>)},
		'must be owner of operator <%>|operator <%>\(bit,bit\) is not a member of extension "vector"',
		'DROP OPERATOR <~~> (bit, bit); DROP OPERATOR IF EXISTS <%> (bit, bit)' ])
{
	my ($name, $before, $error, $after) = @$case;
	$node->safe_psql('hostile', $as_mallory . $before);
	my ($status, undef, $stderr) = $node->psql('hostile', 'CREATE EXTENSION vector');
	isnt($status, 0, "$name of the same name stays");
	like($stderr, qr/$error/, 'and the error says so');
	$node->safe_psql('hostile', $as_mallory . $after);
}
is(captured('hostile'), '', 'nothing was captured');

# --- Into the schema that Mallory has prepared

# With the same names in the superuser's own temporary schema, which relations and types are
# looked for in first.
my $temporary = q{CREATE TEMP TABLE vector (x int); CREATE TEMP TABLE halfvec (x int); CREATE TEMP TABLE sparsevec (x int);
  CREATE TEMP TABLE pg_class (oid int); CREATE TEMP TABLE pg_am (oid int);};

# What people and PostgreSQL do with the extension, as a superuser.
my $use = q{
  CREATE TABLE items (id serial, v vector(40), h halfvec(40), s sparsevec(40));
  INSERT INTO items (v, h, s) SELECT v, v, v FROM (SELECT array_agg((i * d) % 17)::vector v
    FROM generate_series(1, 300) i, generate_series(1, 40) d GROUP BY i) t;
  CREATE INDEX ON items (v);
  CREATE INDEX items_h ON items USING hnsw (v vector_cosine_ops);
  CREATE INDEX items_i ON items USING ivfflat (v vector_l2_ops) WITH (lists = 3, vectors = heap);
  CREATE INDEX items_s ON items USING hnsw (s sparsevec_ip_ops);
  CREATE INDEX items_b ON items USING ivfflat ((binary_quantize(v)::bit(40)) bit_hamming_ops) WITH (lists = 3);
  CREATE INDEX items_c ON items USING hnsw ((h::halfvec(40)) halfvec_l1_ops);
  SELECT avg(v), sum(v), avg(h), sum(h) FROM items;
  SELECT count(DISTINCT v), min(v <-> v) FROM items WHERE v = v AND v <> l2_normalize(v);
  SELECT v + v, v || v, v::real[], subvector(v, 1, 3), vector_dims(v), l2_distance(v, v) FROM items LIMIT 1;
  SET enable_seqscan = off;
  SELECT id FROM items ORDER BY v <=> (SELECT v FROM items WHERE id = 3) LIMIT 3;
  SELECT id FROM items ORDER BY v <-> (SELECT v FROM items WHERE id = 3) LIMIT 3;
  SELECT id FROM items ORDER BY s <#> '{1:1}/40' LIMIT 3;
  SELECT id FROM items ORDER BY binary_quantize(v)::bit(40) <~> repeat('1', 40)::bit(40) LIMIT 3;
  SELECT * FROM vector_last_scan_stats();
  SELECT * FROM vector_takeover_report();
  DELETE FROM items WHERE id % 5 = 0;
  UPDATE items SET v = v + v WHERE id % 7 = 0;
  ANALYZE items;
  VACUUM (INDEX_CLEANUP on) items;
  REINDEX TABLE items;
  REINDEX INDEX CONCURRENTLY items_h;
  SELECT c.oid::regclass, vector_index_check_strict(c.oid, true) FROM pg_class c WHERE c.relname ~ '^items_[a-z]$'::text;
  SELECT * FROM items ORDER BY id LIMIT 1;
};

for my $from ('', '0.7.0', '0.8.7')
{
	my $name = $from ? "updated from $from" : 'created';
	my $version = $from ? "VERSION '$from'" : '';
	my $update = $from ? 'ALTER EXTENSION vector UPDATE;' : '';
	(my $database = "hostile_$from") =~ s/\./_/g;
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE hostile");
	my ($status, undef, $stderr) = $node->psql($database, "$temporary CREATE EXTENSION vector $version; $update",
		on_error_stop => 1);
	is($status, 0, "$name beside lookalikes") or diag $stderr;
	is(captured($database), '', "$name: nothing was captured");

	# Mallory knows the types now.
	$node->safe_psql($database, $as_mallory . join '',
		(map { operator_trap($_, 'vector', 'real[]'), operator_trap($_, 'text', 'vector'), operator_trap($_, 'halfvec', 'vector') }
			  '<->', '<#>', '<=>', '<+>', '+', '='),
		function_trap('l2_distance', 'float8', 'vector', 'text'),
		function_trap('inner_product', 'float8', 'vector', 'halfvec'),
		function_trap('vector_accum', 'float8[]', 'float8[]', 'real[]'),
		function_trap('vector_index_check', 'int', 'oid', 'boolean'),
		function_trap('vector_norm', 'float8', 'halfvec'));
	$node->safe_psql($database, $use);
	is(captured($database), '', "$name: in use, nothing was captured");
}

# --- A dump, restored beside lookalikes

my $dump = "$PostgreSQL::Test::Utils::tmp_check/hostile.sql";
$node->safe_psql('postgres', 'CREATE DATABASE source; CREATE DATABASE restored TEMPLATE hostile');
$node->safe_psql('source', "CREATE EXTENSION vector; $use");
$node->command_ok([ 'pg_dump', '-p', $node->port, '-h', $node->host, '-f', $dump, 'source' ], 'dumped');
$node->command_ok([ 'psql', '-qX', '-v', 'ON_ERROR_STOP=1', '-p', $node->port, '-h', $node->host, '-f', $dump, 'restored' ],
	'restored');
is(captured('restored'), '', 'nothing was captured');
is($node->safe_psql('restored', 'SET search_path = pg_catalog, public; SELECT sum(vector_norm(v)) FROM items'),
	$node->safe_psql('source', 'SELECT sum(vector_norm(v)) FROM items'), 'and all rows are there');

# --- A schema that is looked in before pg_catalog

$node->safe_psql('restored', 'GRANT CREATE ON DATABASE restored TO mallory');

# What the extension does by itself does not depend on the path. Operators are named in full: which
# one a query means is its own business.
$node->safe_psql('restored', $as_mallory . 'CREATE SCHEMA first;
  SET search_path = first, public;' . join '',
	(map { operator_trap($_, 'public.vector', 'public.vector') } '<->', '<=>', '=', '<'),
	(map { operator_trap('=', $_, $_), operator_trap('<>', $_, $_) } qw(oid name text "char" int4)),
	function_trap('vector_takeover_statement', 'text', 'regclass'),
	function_trap('pg_my_temp_schema', 'oid'));
my ($status, undef, $stderr) = $node->psql('restored', q{
  SET search_path = first, pg_catalog, public;
  SET enable_seqscan = off;
  SELECT id FROM public.items ORDER BY v OPERATOR(public.<=>) (SELECT v FROM public.items LIMIT 1) LIMIT 3;
  SELECT * FROM public.vector_takeover_report();
  SELECT * FROM public.vector_index_check('public.items_h', true);
  SELECT public.avg(v) FROM public.items;
  SELECT DISTINCT v FROM public.items LIMIT 1;
  CREATE INDEX ON public.items USING hnsw (v public.vector_l2_ops);
  INSERT INTO public.items (v) SELECT v FROM public.items LIMIT 3;
  VACUUM (INDEX_CLEANUP on) public.items;
  ANALYZE public.items;
}, on_error_stop => 1);
is($status, 0, 'a hostile path') or diag $stderr;
is(captured('restored'), '', 'nothing was captured');

# --- Expressions of Mallory's indexes

# Whoever builds, vacuums or checks her indexes runs her functions as herself.
$node->safe_psql('restored', $as_mallory . q{
  SET search_path = public;
  CREATE FUNCTION lure(v vector) RETURNS vector IMMUTABLE LANGUAGE plpgsql AS $$
    BEGIN PERFORM public.trap('an expression'); RETURN v; END $$;
  CREATE TABLE bait (id serial, v vector(40));
  INSERT INTO bait (v) SELECT array_fill(i % 9, ARRAY[40])::vector FROM generate_series(1, 200) i;
  CREATE INDEX bait_h ON bait USING hnsw ((lure(v)::vector(40)) vector_l2_ops);
  CREATE INDEX bait_i ON bait USING ivfflat ((lure(v)::vector(40)) vector_l2_ops) WITH (lists = 2, vectors = heap);
  CREATE INDEX bait_p ON bait USING ivfflat (v vector_l2_ops) WITH (lists = 2) WHERE vector_dims(lure(v)) = 40;
  DELETE FROM bait WHERE id % 3 = 0;
});
for my $statement ('VACUUM (INDEX_CLEANUP on) bait', 'ANALYZE bait', 'REINDEX TABLE bait', 'REINDEX INDEX CONCURRENTLY bait_h',
	'CREATE INDEX ON bait USING hnsw ((lure(v)::vector(40)) vector_ip_ops)',
	q{SELECT vector_index_check_strict('bait_h', true), vector_index_check_strict('bait_i', true), vector_index_check_strict('bait_p', true)},
	q{SELECT count(*) FROM vector_index_check('bait_h', true) h, vector_index_check('bait_i', true) i})
{
	$node->safe_psql('restored', "SET search_path = public; $statement");
	is(captured('restored'), '', "$statement: nothing was captured");
}
# The trap of the function works too.
$node->safe_psql('restored', 'SET search_path = public; INSERT INTO bait (v) SELECT v FROM bait LIMIT 1');
isnt(captured('restored'), '', 'an INSERT runs them as who inserts');

# And in a restricted way: what would last beyond the check is refused.
$node->safe_psql('restored', $as_mallory . q{
  SET search_path = public;
  CREATE FUNCTION leave() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE TEMP TABLE left_behind (); END $$;
  CREATE OR REPLACE FUNCTION lure(v vector) RETURNS vector IMMUTABLE LANGUAGE plpgsql AS $$
    BEGIN PERFORM public.leave(); RETURN v; END $$;
});
($status, undef, $stderr) = $node->psql('restored', q{SELECT public.vector_index_check_strict('public.bait_h', true)});
isnt($status, 0, 'a check is a restricted operation');
like($stderr, qr/cannot create temporary table within security-restricted operation/, 'as the error says');

$node->stop;
done_testing();
