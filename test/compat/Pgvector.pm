# Catalogues of pgvector, for the tests of switching to this extension.
package Pgvector;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use File::Basename;
use File::Copy;
use File::Path;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(new_node_with_pgvector catalogue without
  pgvector_file overwrite_index);
our @VERSIONS = ((map { "0.7.$_" } 0 .. 4), (map { "0.8.$_" } 0 .. 7));

sub pg_config
{
	chomp(my $path = `pg_config --$_[0]`);
	die "pg_config --$_[0] failed" if $? || $path eq '';
	return $path;
}

# The script that pgvector of a version would create its objects by.
sub script
{
	my ($version) = @_;
	my $text = slurp_file(dirname(__FILE__) . '/pgvector.sql');
	$text =~ s/^.*-- 0\.8\.0\n//mg if $version lt '0.8.0';
	$text =~ s/^-- .*\n//mg;
	my @statements = split /(?<=;)\n+/, $text;
	push @statements, <<'COMMENTS' if $version eq '0.8.7';
DO $$
DECLARE
  object record;
BEGIN
  FOR object IN
    SELECT i.type, i.identity FROM pg_depend d, pg_identify_object(d.classid, d.objid, 0) i
    WHERE d.refclassid = 'pg_extension'::regclass::oid AND d.deptype = 'e'
      AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'vector')
  LOOP
    EXECUTE pg_catalog.format('COMMENT ON %s %s IS %L', object.type, object.identity, 'by pgvector');
  END LOOP;
END $$;
COMMENTS
	return join "\n", @statements, '';
}

# A copy of PostgreSQL's programs whose extension directory is ours. PostgreSQL
# finds its files relative to the program that runs; they are only linked.
sub private_installation
{
	my $root = PostgreSQL::Test::Utils::tempdir;
	my ($bin, $lib, $share) = map { pg_config($_) } qw(bindir pkglibdir sharedir);
	mkpath("$root$bin");
	for my $program (grep { -f } glob "$bin/*")
	{
		copy($program, "$root$bin/") or die "$program: $!";
		chmod 0755, "$root$bin/" . basename($program);
	}
	link_entries($share, "$root$share");
	link_entries("$share/extension", "$root$share/extension");
	mkpath(dirname("$root$lib"));
	symlink $lib, "$root$lib" or die "$root$lib: $!" unless -e "$root$lib";
	return ("$root$bin", "$root$share/extension");
}

sub link_entries
{
	my ($from, $to) = @_;
	mkpath($to);
	for my $entry (grep { basename($_) ne 'extension' } glob "$from/*")
	{
		symlink $entry, "$to/" . basename($entry) or die "$entry: $!";
	}
}

# A server that also knows pgvector's versions: CREATE EXTENSION vector VERSION '0.8.6'.
sub new_node_with_pgvector
{
	my ($name) = @_;
	my ($bin, $extensions) = private_installation();
	for my $version (@VERSIONS)
	{
		append_to_file("$extensions/vector--$version.sql", script($version));
	}
	return PostgreSQL::Test::Cluster->new($name, install_path => dirname($bin));
}

# The beginning of a file of pgvector's: a meta page and an empty page.
my %formats = (ivfflat => [ 0x14FF1A7, 0xFF84 ], hnsw => [ 0xA953A953, 0xFF90 ]);

sub pgvector_file
{
	my ($method) = @_;
	my ($magic, $page_id) = @{ $formats{$method} };
	return page($page_id, pack('LLSS', $magic, 1, 3, 10)) . page($page_id, '');
}

sub page
{
	my ($page_id, $contents) = @_;
	my $header = pack('QSSSSSSL', 0, 0, 0, 24 + length $contents, 8184, 8184, 8192 | 4, 0);
	return pack('a8184 LSS', $header . $contents, 0xFFFFFFFF, 0, $page_id);
}

# Puts bytes in place of the file of an index, of the main fork unless another is named.
sub overwrite_index
{
	my ($node, $index, $bytes, $fork) = @_;
	my $path = $node->data_dir . '/' . $node->safe_psql('postgres', "SELECT pg_relation_filepath('$index')") . ($fork || '');
	$node->stop;
	open my $handle, '>:raw', $path or die "$path: $!";
	print $handle $bytes;
	close $handle or die "$path: $!";
	$node->start;
}

my $MEMBERS = q{m AS (SELECT classid, objid FROM pg_depend
  WHERE deptype = 'e' AND refclassid = 'pg_extension'::regclass
    AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'vector'))};

# Everything that the catalogue says of an object, by class; %I is its identity.
my @PROPERTIES = (
	pg_proc => q{CASE prokind WHEN 'a' THEN (SELECT concat_ws(' ', aggtransfn, aggfinalfn, aggcombinefn,
        aggserialfn, aggdeserialfn, aggmtransfn, aggkind, aggtranstype::regtype, agginitval, aggfinalextra,
        aggfinalmodify, aggsortop, proparallel, proisstrict, provolatile) FROM pg_aggregate a WHERE aggfnoid = o.oid)
      ELSE concat_ws(' ', pg_get_functiondef(o.oid), provolatile, proisstrict, proparallel, prorows,
        prosecdef, proleakproof, probin, prosrc) END},
	pg_type => q{concat_ws(' ', typlen, typbyval, typtype, typcategory, typispreferred, typdelim, typinput,
      typoutput, typreceive, typsend, typmodin, typmodout, typanalyze, typalign, typstorage, typnotnull,
      typcollation, typarray::regtype, to_jsonb(o) ->> 'typsubscript')},
	pg_operator => q{concat_ws(' ', oprkind, oprcanmerge, oprcanhash, oprresult::regtype,
      oprcom::regoperator, oprnegate::regoperator, oprcode, oprrest, oprjoin)},
	pg_cast => q{concat_ws(' ', castfunc::regprocedure, castcontext, castmethod)},
	pg_am => q{concat_ws(' ', amhandler, amtype)},
	pg_opclass => q{concat_ws(' ', opcintype::regtype, opcdefault, opckeytype::regtype)},
	pg_opfamily => q{(SELECT string_agg(concat_ws(' ', amopstrategy, amoppurpose, amopopr::regoperator,
        (SELECT opfname FROM pg_opfamily s WHERE s.oid = amopsortfamily)), ', ' ORDER BY amopstrategy)
        FROM pg_amop WHERE amopfamily = o.oid) || '; ' ||
      (SELECT string_agg(concat_ws(' ', amprocnum, amproclefttype::regtype, amprocrighttype::regtype,
        amproc::regprocedure), ', ' ORDER BY amprocnum) FROM pg_amproc WHERE amprocfamily = o.oid)});

# All objects of the extension in a database, one a line, sorted.
sub catalogue
{
	my ($node, $database, %options) = @_;
	my @queries;
	my @properties = @PROPERTIES;
	while (my ($class, $properties) = splice @properties, 0, 2)
	{
		my $comment = $options{comments} ? ", obj_description(o.oid, '$class')" : '';
		push @queries, qq{SELECT concat_ws(' | ', i.type, i.identity, $properties$comment) AS line
      FROM m JOIN $class o ON o.oid = m.objid AND m.classid = '$class'::regclass,
        pg_identify_object(m.classid, m.objid, 0) i};
	}
	my $lines = $node->safe_psql($database,
		"WITH $MEMBERS SELECT regexp_replace(line, E'\\\\s+', ' ', 'g') FROM (" . join(' UNION ALL ', @queries) . ') q');
	my @lines = sort split /\n/, $lines;
	s/ COST \d+| SUPPORT \S+//g for $options{planner_aside} ? @lines : ();
	return @lines;
}

# The lines of the first list that are not in the second.
sub without
{
	my ($first, $second) = @_;
	my %second = map { $_ => 1 } @$second;
	return join "\n", grep { !$second{$_} } @$first;
}

1;
