-- A database as users of pgvector have it. Elements are small integers, whose distances are
-- exact in any order of summation.
CREATE EXTENSION vector;

CREATE DOMAIN point3 AS vector(3) CHECK (vector_norm(VALUE) < 1000);
CREATE TYPE labelled AS (label text, place halfvec(2));

CREATE TABLE items (
  id integer PRIMARY KEY,
  category integer,
  v vector(3) NOT NULL,
  h halfvec(3),
  s sparsevec(1000),
  b bit(8),
  any_v vector DEFAULT '[1,2]',
  p point3,
  list vector(3)[],
  halves halfvec[],
  sparse sparsevec(1000)[],
  pair labelled,
  norm double precision GENERATED ALWAYS AS (vector_norm(v)) STORED,
  half halfvec(3) GENERATED ALWAYS AS (v::halfvec(3)) STORED,
  CHECK (v <-> '[0,0,0]' < 1000)
);

INSERT INTO items (id, category, v, h, s, b, any_v, p, list, halves, sparse, pair)
SELECT i, i % 4, v, CASE WHEN i % 5 > 0 THEN v::halfvec END,
  ('{' || i || ':' || i % 9 - 4 || ',1000:-0.5}/1000')::sparsevec, i::bit(8),
  array_fill(i % 3, ARRAY[i % 7 + 1])::vector, v, ARRAY[v, NULL, v + v],
  ARRAY[v::halfvec, '[1.5]'::halfvec], ARRAY['{}/1000', '{2:1}/1000']::sparsevec[],
  ROW('row ' || i, ARRAY[i, -i]::halfvec)::labelled
FROM (SELECT i, ARRAY[i % 13, i % 7 - 3, -(i % 5)]::vector(3) AS v FROM generate_series(1, 500) i) AS x;

CREATE TABLE large (id integer PRIMARY KEY, v vector(2000), h halfvec(4000), b bit varying);
INSERT INTO large SELECT i, array_agg((i * j) % 11 - 5)::vector, array_agg((i + j) % 7)::halfvec(2000)
  || array_agg(j % 5)::halfvec(2000), repeat('10', i)::varbit
FROM generate_series(1, 20) i, generate_series(1, 2000) j GROUP BY i;
ALTER TABLE large ALTER v SET STORAGE MAIN, ALTER h SET STORAGE EXTENDED;

CREATE TABLE parts (id integer, v vector(2)) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (50);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (50) TO (100);
INSERT INTO parts SELECT i, ARRAY[i, i % 10] FROM generate_series(0, 99) i;

CREATE INDEX items_l2 ON items USING ivfflat (v) WITH (lists = 5);
CREATE INDEX items_ip ON items USING ivfflat (v vector_ip_ops) WITH (lists = 1);
CREATE INDEX items_partial ON items USING ivfflat (v vector_cosine_ops) WITH (lists = 3)
  WHERE category = 2;
CREATE INDEX items_expression ON items USING ivfflat ((h::vector(3)) vector_l2_ops)
  WITH (lists = 2);
CREATE INDEX items_half ON items USING ivfflat (half halfvec_l2_ops) WITH (lists = 4);
CREATE INDEX items_half_ip ON items USING ivfflat (half halfvec_ip_ops) WITH (lists = 1);
CREATE INDEX items_bits ON items USING ivfflat (b bit_hamming_ops) WITH (lists = 3);
CREATE INDEX items_quantized ON items USING ivfflat ((binary_quantize(v)::bit(3)) bit_hamming_ops)
  WITH (lists = 2);
CREATE INDEX parts_v ON parts USING ivfflat (v vector_l2_ops) WITH (lists = 2);
CREATE INDEX items_any ON items (any_v);
CREATE INDEX items_h ON items (h DESC NULLS LAST);
CREATE INDEX items_s ON items (s) INCLUDE (v);
CREATE INDEX items_sub ON items (subvector(v, 1, 2), l2_norm(h));
CREATE INDEX items_binary ON items ((binary_quantize(v)::bit(3)));
ALTER TABLE large ADD CONSTRAINT large_once UNIQUE (b);

CREATE VIEW nearest AS
  SELECT id, v <-> '[1,2,3]'::vector AS l2, v <#> '[1,2,3]'::vector AS ip,
    (h <+> '[1,1,1]'::halfvec) AS l1, b <~> B'10101010' AS hamming, b <%> B'10101010' AS jaccard,
    s <-> '{1:1}/1000'::sparsevec AS sparse FROM items;
CREATE MATERIALIZED VIEW averages AS
  SELECT category, avg(v) AS v, sum(v) AS total, avg(h) AS h, count(*) FROM items GROUP BY category;

CREATE FUNCTION neighbours(wanted vector, how_many integer DEFAULT 3) RETURNS SETOF integer
LANGUAGE sql STABLE AS 'SELECT id FROM items ORDER BY v <-> wanted, id LIMIT how_many';
CREATE FUNCTION inlined(a vector, b vector) RETURNS double precision
LANGUAGE sql IMMUTABLE RETURN (a + b) <-> (a * b);
CREATE FUNCTION keep_norm() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.any_v := NEW.any_v || NEW.v;
  RETURN NEW;
END $$;
CREATE TRIGGER keep_norm BEFORE UPDATE ON items FOR EACH ROW EXECUTE FUNCTION keep_norm();
CREATE AGGREGATE concatenation(vector) (SFUNC = vector_concat, STYPE = vector);
CREATE POLICY near ON items USING (v <-> '[0,0,0]' < 100);
CREATE STATISTICS items_statistics ON v, category FROM items;
COMMENT ON COLUMN items.v IS 'the embedding';
ANALYZE;
