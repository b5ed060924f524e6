# docs/reference.md names every object of the extension and nothing else.
use strict;
use warnings FATAL => 'all';
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# The first two columns of the tables below each heading, without quotes.
sub documented
{
	my %tables;
	my $section = '';
	for my $line (split /\n/, slurp_file("$FindBin::Bin/../../docs/reference.md"))
	{
		if ($line =~ /^## (.*)/) { $section = $1; next; }
		next unless $line =~ /^\| `/;
		my @cells = split /(?<!\\)\|/, $line;
		s/^\s*`?|`?\s*$//g, s/\\\|/|/g for @cells;
		push @{ $tables{$section} }, "$cells[1]: $cells[2]";
	}
	return %tables;
}

# What is in the first list and not in the second.
sub without
{
	my ($first, $second) = @_;
	my %second = map { $_ => 1 } @$second;
	return join "\n", sort grep { !$second{$_} } @$first;
}

my $members = q{SELECT classid, objid FROM pg_depend
  WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
    AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'vector')};

sub functions_of_kind
{
	return qq{SELECT p.oid::regprocedure || ': ' || pg_get_function_result(p.oid)
    FROM m JOIN pg_proc p ON p.oid = objid AND classid = 'pg_proc'::regclass
    WHERE prokind = '$_[0]'};
}

# From 17 on arrays are members of the extension, too.
my %catalogue = (
	'Types' => q{SELECT t.oid::regtype || ': ' || CASE typstorage
      WHEN 'e' THEN 'external' WHEN 'x' THEN 'extended' WHEN 'm' THEN 'main' ELSE 'plain' END
    FROM m JOIN pg_type t ON t.oid = objid AND classid = 'pg_type'::regclass AND typcategory <> 'A'},
	'Operators' => q{SELECT o.oid::regoperator || ': ' || oprresult::regtype
    FROM m JOIN pg_operator o ON o.oid = objid AND classid = 'pg_operator'::regclass},
	'Functions' => functions_of_kind('f'),
	'Aggregates' => functions_of_kind('a'),
	'Casts' => q{SELECT castsource::regtype || ' AS ' || casttarget::regtype || ': ' || CASE castcontext
      WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' ELSE 'explicit' END
    FROM m JOIN pg_cast c ON c.oid = objid AND classid = 'pg_cast'::regclass},
	'Access methods' => q{SELECT amname || ': ' || amhandler
    FROM m JOIN pg_am a ON a.oid = objid AND classid = 'pg_am'::regclass},
	'Operator classes' =>
	  q{SELECT amname || ' ' || opcname || ': ' || CASE WHEN opcdefault THEN 'yes' ELSE 'no' END
    FROM m JOIN pg_opclass c ON c.oid = objid AND classid = 'pg_opclass'::regclass
    JOIN pg_am a ON a.oid = opcmethod},
	'Settings' => q{SELECT name || ': ' || boot_val FROM pg_settings
    WHERE name ~ '^(ivfflat|hnsw|vector)\.'});

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init;
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION vector');

my %documented = documented();
for my $section (sort keys %catalogue)
{
	my @actual = split /\n/,
	  $node->safe_psql('postgres', "LOAD 'vector'; WITH m AS ($members) $catalogue{$section}");
	my @written = @{ $documented{$section} || [] };
	cmp_ok(scalar @actual, '>', 0, "$section: there are some");
	is(without(\@actual, \@written), '', "$section: none is missing");
	is(without(\@written, \@actual), '', "$section: none is superfluous");
	is(scalar @written, scalar @actual, "$section: none is there twice");
}

# A family belongs to its class; anything else would need a table of its own.
is( $node->safe_psql('postgres', qq{
    SELECT pg_describe_object(classid, objid, 0) FROM ($members) m
    WHERE classid NOT IN ('pg_type'::regclass, 'pg_operator'::regclass, 'pg_proc'::regclass,
      'pg_cast'::regclass, 'pg_am'::regclass, 'pg_opclass'::regclass)
      AND NOT (classid = 'pg_opfamily'::regclass AND EXISTS (
        SELECT FROM pg_opclass c JOIN pg_opfamily f ON f.oid = opcfamily
        WHERE f.oid = objid AND opcname = opfname))}),
	'', 'there are no other kinds of objects');

$node->stop;
done_testing();
