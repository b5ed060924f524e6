# vector_index_check() finds damage of every part of an index, and nothing beside writers.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init(no_data_checksums => 1); # the default of 18
$node->append_conf('postgresql.conf', "autovacuum = off\nmax_parallel_maintenance_workers = 0\n");
$node->start;
$node->safe_psql('postgres', q{
  CREATE EXTENSION vector;
  CREATE FUNCTION findings(name text) RETURNS text LANGUAGE plpgsql AS $$
  BEGIN
    RETURN (SELECT count(*) || ' ' || coalesce(min(what), '') FROM vector_index_check(name::regclass, true));
  EXCEPTION WHEN index_corrupted OR data_corrupted THEN
    RETURN 'raised ' || SQLERRM;
  END $$;
});

# Of each form that indexes have, some.
my $copies = 20;
my %kinds = (
	i_plain => [ 20, 400, 'ivfflat', 'WITH (lists = 8)' ],
	i_coded => [ 96, 400, 'ivfflat', 'WITH (lists = 4)' ],
	i_second => [ 512, 400, 'ivfflat', 'WITH (lists = 100)' ],
	i_heap => [ 96, 400, 'ivfflat', 'WITH (lists = 4, vectors = heap)' ],
	i_long => [ 1900, 60, 'ivfflat', 'WITH (lists = 2)' ],
	h_plain => [ 20, 400, 'hnsw', '' ],
	h_value => [ 64, 400, 'hnsw', '' ],
	h_half => [ 300, 400, 'hnsw', '' ],
	h_wide => [ 64, 400, 'hnsw', 'WITH (m = 24)' ],
	h_item => [ 2100, 120, 'hnsw', '' ]);

for my $kind (sort keys %kinds)
{
	my ($dims, $rows, $method, $with) = @{ $kinds{$kind} };
	my $sql = qq{
    CREATE TABLE $kind (id serial, embedding vector($dims));
    SELECT setseed(0.5);
    INSERT INTO $kind (embedding) SELECT array_agg(round(random()::numeric, 3))::vector($dims)
      FROM generate_series(1, $rows) i, generate_series(1, $dims) d GROUP BY i;
    INSERT INTO $kind (embedding) SELECT embedding FROM $kind WHERE id <= 40;
    INSERT INTO $kind (embedding) SELECT embedding FROM $kind WHERE id <= 7;
  };
	$sql .= "CREATE INDEX ${kind}_$_ ON $kind USING $method (embedding vector_l2_ops) $with;\n" for 1 .. $copies;
	# Some rows come behind the build, some go.
	$sql .= qq{
    INSERT INTO $kind (embedding) SELECT embedding * embedding FROM $kind WHERE id <= 20;
    DELETE FROM $kind WHERE id % 9 = 0;
    VACUUM $kind;
    INSERT INTO $kind (embedding) SELECT embedding + embedding FROM $kind WHERE id <= 4;
  };
	$node->safe_psql('postgres', $sql);
}
my @indexes = map { my $kind = $_; map { "${kind}_$_" } 1 .. $copies } sort keys %kinds;
my $all = join ',', map { "('$_')" } @indexes;
my $check = "SELECT name || ': ' || findings(name) FROM (VALUES $all) i (name)";
is($node->safe_psql('postgres', "SELECT * FROM ($check) t (finding) WHERE finding NOT LIKE '%: 0 '"), '', 'sound indexes');
my %paths = map { split /\|/ } split /\n/,
  $node->safe_psql('postgres', "SELECT name, pg_relation_filepath(name) FROM (VALUES $all) i (name)");
$node->safe_psql('postgres', 'CHECKPOINT');

sub write_binary
{
	my ($file, $bytes) = @_;
	open my $handle, '>:raw', $file or die "$file: $!";
	print $handle $bytes;
	close $handle or die "$file: $!";
}

sub pick { return $_[ int(rand(@_)) ]; }
sub u16 { return unpack 'S', substr $_[0], $_[1], 2; }
sub u32 { return unpack 'L', substr $_[0], $_[1], 4; }
# The number of bytes, behind `at`, of an element; its highest byte has the exponent's.
sub high { my ($at, $count, $bytes) = @_; return $at + ($bytes // 4) * int(rand($count)) + ($bytes // 4) - 1; }

# Places of a page that make the structure: name => [offset, mask]. Of numbers whose last digits
# rounding may change, the byte with the exponent.
sub header_flips
{
	my ($page) = @_;
	return (
		lower => [ 12 + int(rand(2)), pick(1, 2, 4, 8, 16) ],
		upper => [ 14, pick(1, 2, 4) ],
		special => [ 16, 8 ],
		page_id => [ 8190 + int(rand(2)), 1 + int(rand(255)) ]);
}

sub ivf_flips
{
	my ($page, $block, $meta, $live_rows) = @_;
	my %flips = header_flips($page);
	my ($dims, $codec, $in_heap, $second) = (u32($meta, 32), unpack('C', substr $meta, 52, 1),
		unpack('C', substr $meta, 53, 1), unpack('C', substr $meta, 55, 1));
	my $rotated = int(($dims + 63) / 64) * 64;
	if ($block == 0)
	{
		delete $flips{lower};
		delete $flips{upper};
		$flips{"meta_$_"} = [ $_, 1 + int(rand(255)) ] for 24 .. 36, 40 .. 47, 52 .. 54;
		delete $flips{meta_36};
		$flips{lists} = [ 36, 1 ];
		$flips{seed} = [ 56 + int(rand(8)), 1 + int(rand(255)) ] if $codec;
		return %flips;
	}
	my $kind = u16($page, 8136);
	$flips{kind} = [ 8136, 1 + int(rand(7)) ];
	my $heads = u16($page, 12) - 24;
	if ($kind == 2)
	{
		my $head = 24 + 32 * int(rand($heads / 32));
		$flips{first} = [ $head + int(rand(4)), 1 + int(rand(255)) ];
		$flips{insert} = [ $head + 4 + 2 + int(rand(2)), 1 + int(rand(255)) ];
		$flips{norm} = [ $head + 23, 0x40 ];
		$flips{centroid} = [ high(u16($page, 14), (8128 - u16($page, 14)) / 4), 0x40 ];
		return %flips;
	}
	$flips{list} = [ 8132 + int(rand(4)), 1 + int(rand(255)) ] if $kind == 3 || $kind == 4;
	$flips{next} = [ 8128 + int(rand(4)), 1 + int(rand(255)) ] if $kind == 4 || ($kind == 3 && !$codec);
	if ($kind == 3 && $heads > 0)
	{
		my $count = $heads / 6;
		my $row = int(rand($count));
		# What dead lanes keep for their next rows counts for nothing.
		return %flips if $codec && !$live_rows->{"$block $row"};
		$flips{tid} = [ 24 + 6 * $row + int(rand(6)), 1 + int(rand(255)) ];
		my $bytes = (8128 - u16($page, 14)) / $count;
		my $at = 8128 - ($row + 1) * $bytes;
		$flips{vector} = [ high($at, $dims), 0x40 ];
		if ($second)
		{
			$flips{second_factor} = [ high($at + $bytes - $rotated / 2 - 16, 4), 0x40 ];
			$flips{second_code} = [ $at + $bytes - 1 - int(rand($rotated / 2)), pick(0x80, 0x08, 0xFF, 0xF0) ];
		}
	}
	if ($kind == 4 && $heads > 0 && $dims <= 1792)
	{
		my $bytes = 712 + 4 * $rotated;
		my $at = 24 + $bytes * int(rand($heads / $bytes));
		my $live = u32($page, $at);
		my @lanes = grep { $live >> $_ & 1 } 0 .. 31;
		$flips{live} = [ $at + int(rand(4)), 1 + int(rand(255)) ] unless u32($page, 8132) == 0xFFFFFFFF && $live != 0xFFFFFFFF;
		return %flips unless @lanes;
		my $lane = pick(@lanes);
		$flips{add} = [ $at + 8 + 4 * $lane + 3, 0x40 ];
		$flips{rescale} = [ $at + 136 + 4 * $lane + 3, 0x40 ];
		$flips{error} = [ $at + 264 + 2 * $lane + 1, 0x40 ];
		$flips{lane_tid} = [ $at + 328 + 6 * $lane + int(rand(6)), 1 + int(rand(255)) ];
		$flips{row_block} = [ $at + 520 + 4 * $lane + int(rand(4)), 1 + int(rand(255)) ];
		$flips{row_slot} = [ $at + 648 + 2 * $lane + int(rand(2)), 1 + int(rand(255)) ];
		$flips{code} = [ $at + 712 + int(rand(4 * $rotated)), 1 + int(rand(255)) ] if $live == 0xFFFFFFFF;
	}
	if ($kind == 4 && $heads > 0 && $dims > 1792)
	{
		my $lane = int(rand($heads / 24));
		my $at = 24 + 24 * $lane;
		return %flips if u16($page, $at + 4) == 0;
		$flips{lane_tid} = [ $at + int(rand(6)), 1 + int(rand(255)) ];
		$flips{row_slot} = [ $at + 6 + int(rand(2)), 1 + int(rand(255)) ];
		$flips{row_block} = [ $at + 8 + int(rand(4)), 1 + int(rand(255)) ];
		$flips{factor} = [ high($at + 12, 3), 0x40 ];
		$flips{code} = [ 8128 - ($lane + 1) * $rotated / 8 + int(rand($rotated / 8)), 1 + int(rand(255)) ];
	}
	return %flips;
}

# The rows of live lanes, as "block slot".
sub live_rows
{
	my ($bytes) = @_;
	my %rows;
	my $dims = u32($bytes, 32);
	my $rotated = int(($dims + 63) / 64) * 64;
	for my $block (1 .. length($bytes) / 8192 - 1)
	{
		my $page = substr $bytes, $block * 8192, 8192;
		next unless u16($page, 8136) == 4;
		my $used = u16($page, 12) - 24;
		my $unit = $dims <= 1792 ? 712 + 4 * $rotated : 24;
		for my $at (map { 24 + $unit * $_ } 0 .. $used / $unit - 1)
		{
			if ($dims > 1792)
			{
				$rows{ u32($page, $at + 8) . ' ' . u16($page, $at + 6) } = 1 if u16($page, $at + 4);
				next;
			}
			my $live = u32($page, $at);
			$rows{ u32($page, $at + 520 + 4 * $_) . ' ' . u16($page, $at + 648 + 2 * $_) } = 1
			  for grep { $live >> $_ & 1 } 0 .. 31;
		}
	}
	return \%rows;
}

sub hnsw_flips
{
	my ($page, $block, $meta) = @_;
	my %flips = header_flips($page);
	my ($is_coded, $lanes, $code_dims, $node_bytes, $self_bytes) = (unpack('C', substr $meta, 38, 1),
		u16($meta, 40), u32($meta, 44), u32($meta, 48), u32($meta, 52));
	if ($block < 2)
	{
		delete $flips{lower};
		delete $flips{upper};
		if ($block == 0)
		{
			$flips{"meta_$_"} = [ $_, 1 + int(rand(255)) ] for 24 .. 35, 38 .. 57;
			$flips{seed} = [ 64 + int(rand(8)), 1 + int(rand(255)) ] if $is_coded;
			return %flips;
		}
		$flips{"state_$_"} = [ $_, 1 + int(rand(255)) ] for 26, 27, 30 .. 31, 32 .. 43, 45 .. 47;
		return %flips;
	}
	my $kind = u16($page, 8180);
	$flips{kind} = [ 8180, 1 + int(rand(7)) ];
	$flips{flags} = [ 8182, pick(1, 2, 4) ];
	$flips{next} = [ 8176 + int(rand(4)), 1 + int(rand(255)) ];
	my $used = u16($page, 12) - 24;
	if ($kind == 2 && $used > 0)
	{
		my $at = 24 + $node_bytes * int(rand($used / $node_bytes));
		my $degree = unpack 'C', substr $page, $at + 1, 1;
		return %flips unless $degree && unpack('C', substr $page, $at, 1) == 1;
		$flips{state} = [ $at, 1 + int(rand(255)) ];
		$flips{degree} = [ $at + 1, 1 + int(rand(255)) ];
		$flips{tid} = [ $at + 8 + int(rand(6)), 1 + int(rand(255)) ];
		$flips{value} = [ $at + 16 + int(rand(4)), 1 + int(rand(255)) ];
		$flips{value_slot} = [ $at + 14 + int(rand(2)), 1 + int(rand(255)) ] if u32($page, $at + 16) != 0xFFFFFFFF;
		$flips{tids} = [ $at + 20 + int(rand(4)), 1 + int(rand(255)) ];
		$flips{tids_slot} = [ $at + 24 + int(rand(2)), 1 + int(rand(255)) ] if u32($page, $at + 20) != 0xFFFFFFFF;
		$flips{norm} = [ $at + 31, 0x40 ];
		# A plain node knows nothing of its neighbours but their ids.
		my $id = $at + 48 + 4 * int(rand($degree));
		$flips{neighbor} = [ $id + ($is_coded ? int(rand(4)) : 2 + int(rand(2))), 1 + int(rand(255)) ];
		my $self = $at + 48 + 4 * $lanes;
		if ($is_coded)
		{
			$flips{add_scale} = [ $at + 32 + int(rand(4)), 1 + int(rand(127)) ];
			$flips{rescale_scale} = [ $at + 36 + int(rand(4)), 1 + int(rand(127)) ];
			# One that is nearly nothing may become nothing.
			my $add = $self + 2 * int(rand($degree));
			$flips{add} = [ $add + 1, 0x40 ] if (u16($page, $add) & 0x7FFF) > 0x6400;
			$flips{rescale} = [ high($self + 2 * $lanes, $degree, 2), 0x40 ];
			$self += 4 * $lanes;
			$flips{code} = [ $self + int(rand(4 * $code_dims)), 1 + int(rand(255)) ] if $degree >= 32;
			$self += $lanes / 8 * $code_dims;
		}
		my $dims = u32($meta, 32);
		$flips{vector} = [ $self_bytes == 4 * $dims ? high($self, $dims) : high($self + 8, $dims, 2), 0x40 ] if $self_bytes;
	}
	# Where it may be longer by free lines, nothing is wrong.
	$flips{lower} = [ 12, pick(1, 2) ] if $kind == 3;
	if ($kind == 3 && $used > 0)
	{
		my $line = 24 + 4 * int(rand($used / 4));
		my $at = u16($page, $line);
		return %flips unless $at;
		$flips{line_offset} = [ $line + int(rand(2)), 1 + int(rand(255)) ];
		$flips{line_bytes} = [ $line + 2 + int(rand(2)), pick(8, 16, 32, 64, 128) ];
		$flips{item_next} = [ $at + int(rand(4)), 1 + int(rand(255)) ];
		$flips{item_kind} = [ $at + 6, 1 + int(rand(255)) ];
		my $item = unpack 'C', substr $page, $at + 6, 1;
		$flips{item_half} = [ high($at + 16, 100, 2), 0x40 ] if $item == 1;
		$flips{item_center} = [ high($at + 8, 15), 0x40 ] if $item == 3;
		$flips{item_tid} = [ $at + 8 + int(rand(6)), 1 + int(rand(255)) ] if $item == 2 && u16($page, $at + 12) != 0;
	}
	if ($kind == 4 && $is_coded && $used > 0)
	{
		my $bytes = 392 + 4 * $code_dims;
		my $at = 24 + $bytes * int(rand($used / $bytes));
		my @places = grep { u32($page, $at) >> $_ & 1 } 0 .. 31;
		return %flips unless @places;
		my $place = pick(@places);
		$flips{entry_node} = [ $at + 8 + 4 * $place + int(rand(4)), 1 + int(rand(255)) ];
		$flips{entry_add} = [ $at + 136 + 4 * $place + 3, 0x40 ];
		$flips{entry_rescale} = [ $at + 264 + 4 * $place + 3, 0x40 ];
		$flips{entry_code} = [ $at + 392 + int(rand(4 * $code_dims)), 1 + int(rand(255)) ] if u32($page, $at) == 0xFFFFFFFF;
	}
	if ($kind == 4 && !$is_coded && $used > 0)
	{
		my $bytes = 8 + $self_bytes;
		my $at = 24 + $bytes * int(rand($used / $bytes));
		return %flips if u32($page, $at) == 0xFFFFFFFF;
		$flips{entry_node} = [ $at + int(rand(4)), 1 + int(rand(255)) ];
		$flips{entry_bytes} = [ $at + 4, 1 + int(rand(255)) ];
		$flips{entry_row} = [ $at + 8 + int(rand($self_bytes)), 1 + int(rand(255)) ];
	}
	return %flips;
}

srand(20251);
$node->stop;
my %sound = map { $_ => slurp_file($node->data_dir . "/$paths{$_}") } @indexes;
for my $round (1 .. 2)
{
	my %done;
	for my $index (@indexes)
	{
		my $bytes = $sound{$index};
		my $meta = substr $bytes, 0, 8192;
		my $block = rand() < 0.15 ? int(rand(2)) : int(rand(length($bytes) / 8192));
		my $page = substr $bytes, $block * 8192, 8192;
		redo if u16($page, 14) == 0;    # never written
		my %flips = $index =~ /^i/ ? ivf_flips($page, $block, $meta, live_rows($bytes)) : hnsw_flips($page, $block, $meta);
		my $name = pick(sort keys %flips);
		my ($offset, $mask) = @{ $flips{$name} };
		$offset = int($offset) + $block * 8192;
		substr($bytes, $offset, 1) = chr(ord(substr $bytes, $offset, 1) ^ $mask);
		write_binary($node->data_dir . "/$paths{$index}", $bytes);
		$done{$index} = "$name of block $block, byte " . $offset % 8192 . ", mask $mask";
	}
	$node->start;
	my %found = map { split /: /, $_, 2 } split /\n/, $node->safe_psql('postgres', $check);
	my @missed = grep { !defined $found{$_} || $found{$_} eq '0 ' } @indexes;
	is(join("\n", map { "$_: $done{$_}" } @missed), '', "all of " . @indexes . " flips are found, round $round");
	my $sane = grep { $found{$_} =~ /^raised|^[1-9]/ } @indexes;
	is($sane, scalar @indexes, 'and none crashes the server');
	$node->stop;
}
write_binary($node->data_dir . "/$paths{$_}", $sound{$_}) for @indexes;

# An index that lacks a row, and one that has a row twice.
$node->start;
$node->safe_psql('postgres', q{
  CREATE TABLE lost (id int, embedding vector(3));
  INSERT INTO lost SELECT i, ARRAY[i, i % 7, 1]::vector FROM generate_series(1, 300) i;
  CREATE INDEX lost_i ON lost USING ivfflat (embedding vector_l2_ops) WITH (lists = 3);
  CREATE INDEX lost_h ON lost USING hnsw (embedding vector_l2_ops);
  -- not told to the indexes
  UPDATE pg_index SET indisready = false WHERE indrelid = 'lost'::regclass;
});
$node->safe_psql('postgres', q{INSERT INTO lost VALUES (301, '[1,2,3]')});
$node->safe_psql('postgres', q{UPDATE pg_index SET indisready = true WHERE indrelid = 'lost'::regclass});
for my $index ('lost_i', 'lost_h')
{
	is($node->safe_psql('postgres', "SELECT count(*) FROM vector_index_check('$index')"), 0, "$index by itself is sound");
	like($node->safe_psql('postgres', "SELECT * FROM vector_index_check('$index', true)"),
		qr/^\|\|heap row \(\d+,\d+\) is not in the index\|error$/, "$index lacks a row");
}

# Indexes that have rows which vacuum took out of the table without telling them, of the table's
# own, of copies of others, and of no page any more.
$node->safe_psql('postgres', q{
  CREATE TABLE stray (id int, embedding vector(64)) WITH (fillfactor = 50);
  INSERT INTO stray SELECT i % 290, (SELECT array_agg(i % 290 + d % (i % 290 + 3)) FROM generate_series(1, 64) d)::vector
    FROM generate_series(1, 300) i;
  CREATE INDEX stray_i ON stray USING ivfflat (embedding vector_l2_ops) WITH (lists = 3, quantizer = none);
  CREATE INDEX stray_c ON stray USING ivfflat (embedding vector_l2_ops) WITH (lists = 3, quantizer = rabitq);
  CREATE INDEX stray_t ON stray USING ivfflat (embedding vector_l2_ops) WITH (lists = 3, vectors = heap);
  CREATE INDEX stray_h ON stray USING hnsw (embedding vector_l2_ops);
  CREATE INDEX stray_p ON stray USING hnsw (embedding vector_l1_ops);
});
my @strays = map { "stray_$_" } qw(i c t h p);
my $ready = "UPDATE pg_index SET indisready = %s WHERE indrelid = 'stray'::regclass";
$node->safe_psql('postgres', 'DELETE FROM stray WHERE id % 40 = 3');
for my $index (@strays)
{
	is($node->safe_psql('postgres', "SELECT count(*) FROM vector_index_check('$index', true)"), 0, "$index may have dead rows");
}
$node->safe_psql('postgres', sprintf $ready, 'false');
$node->safe_psql('postgres', 'VACUUM (TRUNCATE off) stray');
$node->safe_psql('postgres', sprintf $ready, 'true');
for my $index (@strays)
{
	# Row 3 is one of two equal rows, which are one node of hnsw.
	is($node->safe_psql('postgres', "SELECT count(*), min(what), min(severity) FROM vector_index_check('$index', true)"),
		'9|heap TID of no row|error', "$index has rows that the table has not");
}
$node->safe_psql('postgres', sprintf $ready, 'false');
$node->safe_psql('postgres', "DELETE FROM stray WHERE ctid >= '(2,1)'");
$node->safe_psql('postgres', 'VACUUM stray');
$node->safe_psql('postgres', sprintf $ready, 'true');
for my $index (@strays)
{
	is($node->safe_psql('postgres', "SELECT string_agg(DISTINCT what, ', ' ORDER BY what) FROM vector_index_check('$index', true)"),
		'heap TID behind the end of the table, heap TID of no row', "$index has rows behind the end of the table");
}

# Beside inserts, updates, deletes and vacuum.
$node->safe_psql('postgres', q{
  CREATE TABLE busy (id serial PRIMARY KEY, embedding vector(40));
  INSERT INTO busy (embedding) SELECT array_agg(round(random()::numeric, 1))::vector(40)
    FROM generate_series(1, 1500) i, generate_series(1, 40) d GROUP BY i;
  CREATE INDEX busy_i ON busy USING ivfflat (embedding vector_l2_ops) WITH (lists = 8, quantizer = none);
  CREATE INDEX busy_c ON busy USING ivfflat (embedding vector_l2_ops) WITH (lists = 8, quantizer = rabitq);
  CREATE INDEX busy_h ON busy USING hnsw (embedding vector_l2_ops);
  CREATE INDEX busy_p ON busy USING hnsw (embedding vector_l1_ops);
});
my $write = q{
  \set id random(1, 3000)
  DELETE FROM busy WHERE id IN (SELECT id FROM busy WHERE id >= :id ORDER BY id LIMIT 3 FOR UPDATE SKIP LOCKED);
  INSERT INTO busy (embedding) SELECT array_agg(round(random()::numeric, 1))::vector(40)
    FROM generate_series(1, 3) i, generate_series(1, 40) d GROUP BY i;
  INSERT INTO busy (embedding) SELECT embedding FROM busy LIMIT 1;
};
$node->pgbench(
	'--no-vacuum --client=5 --transactions=60', 0, [qr{actually processed}], [qr{^(?!.*ERROR)}s],
	'no finding beside writers',
	{
		'030_write@12' => $write,
		'030_vacuum@1' => 'VACUUM (INDEX_CLEANUP on) busy;',
		map { ("030_check_$_\@1" => "SELECT vector_index_check_strict('busy_$_', true);") } qw(i c h p)
	});
$node->safe_psql('postgres', 'VACUUM busy');
is($node->safe_psql('postgres', "SELECT count(*) FROM unnest(ARRAY['busy_i', 'busy_c', 'busy_h', 'busy_p']) i, vector_index_check(i::regclass, true)"),
	0, 'nor behind them');

done_testing();
