\echo Use "CREATE EXTENSION vector" to load this file. \quit

--
-- The type vector: float32 elements, all finite
--

CREATE TYPE vector;

CREATE FUNCTION vector_in(cstring, oid, integer) RETURNS vector
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION vector_out(vector) RETURNS cstring
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION vector_typmod_in(cstring[]) RETURNS integer
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION vector_recv(internal, oid, integer) RETURNS vector
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

CREATE FUNCTION vector_send(vector) RETURNS bytea
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;

-- Embeddings hardly compress: kept out of line as they are.
CREATE TYPE vector (
  INPUT     = vector_in,
  OUTPUT    = vector_out,
  TYPMOD_IN = vector_typmod_in,
  RECEIVE   = vector_recv,
  SEND      = vector_send,
  STORAGE   = external
);
COMMENT ON TYPE vector IS
  'vector of 32-bit floating-point numbers, ''[1,2,3]''; vector(n) has n dimensions';

--
-- Distances
--

CREATE FUNCTION l2_distance(vector, vector) RETURNS float8
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_distance(vector, vector) IS
  'Euclidean distance';

CREATE FUNCTION inner_product(vector, vector) RETURNS float8
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION inner_product(vector, vector) IS
  'inner product';

CREATE FUNCTION cosine_distance(vector, vector) RETURNS float8
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION cosine_distance(vector, vector) IS
  'cosine distance: 1 - cosine of the angle';

CREATE FUNCTION l1_distance(vector, vector) RETURNS float8
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l1_distance(vector, vector) IS
  'taxicab distance';

--
-- Properties, parts and other forms
--

CREATE FUNCTION vector_dims(vector) RETURNS integer
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_dims(vector) IS
  'number of dimensions';

CREATE FUNCTION vector_norm(vector) RETURNS float8
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_norm(vector) IS
  'Euclidean norm';

CREATE FUNCTION l2_normalize(vector) RETURNS vector
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION l2_normalize(vector) IS
  'vector of the same direction with Euclidean norm 1';

CREATE FUNCTION binary_quantize(vector) RETURNS bit
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION binary_quantize(vector) IS
  'one bit for each element: 1 where it is positive';

CREATE FUNCTION subvector(vector, int, int) RETURNS vector
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION subvector(vector, int, int) IS
  'elements from a position, counted from 1, and their number';

--
-- Arithmetic, element by element
--

CREATE FUNCTION vector_add(vector, vector) RETURNS vector
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_add(vector, vector) IS
  'implementation of + operator';

CREATE FUNCTION vector_sub(vector, vector) RETURNS vector
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_sub(vector, vector) IS
  'implementation of - operator';

CREATE FUNCTION vector_mul(vector, vector) RETURNS vector
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_mul(vector, vector) IS
  'implementation of * operator';

CREATE FUNCTION vector_concat(vector, vector) RETURNS vector
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_concat(vector, vector) IS
  'implementation of || operator';

--
-- Order: as arrays, element by element, the shorter first
--

CREATE FUNCTION vector_lt(vector, vector) RETURNS bool
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_lt(vector, vector) IS
  'implementation of < operator';

CREATE FUNCTION vector_le(vector, vector) RETURNS bool
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_le(vector, vector) IS
  'implementation of <= operator';

CREATE FUNCTION vector_eq(vector, vector) RETURNS bool
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_eq(vector, vector) IS
  'implementation of = operator';

CREATE FUNCTION vector_ne(vector, vector) RETURNS bool
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_ne(vector, vector) IS
  'implementation of <> operator';

CREATE FUNCTION vector_ge(vector, vector) RETURNS bool
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_ge(vector, vector) IS
  'implementation of >= operator';

CREATE FUNCTION vector_gt(vector, vector) RETURNS bool
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_gt(vector, vector) IS
  'implementation of > operator';

CREATE FUNCTION vector_cmp(vector, vector) RETURNS int4
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_cmp(vector, vector) IS
  'less-equal-greater: -1, 0 or 1';

--
-- Support of operators and index access methods
--

CREATE FUNCTION vector_l2_squared_distance(vector, vector) RETURNS float8
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_l2_squared_distance(vector, vector) IS
  'squared Euclidean distance';

CREATE FUNCTION vector_negative_inner_product(vector, vector) RETURNS float8
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_negative_inner_product(vector, vector) IS
  'negative inner product';

CREATE FUNCTION vector_spherical_distance(vector, vector) RETURNS float8
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_spherical_distance(vector, vector) IS
  'angle of vectors of norm 1, as a fraction of a half turn';

--
-- Aggregates
--

CREATE FUNCTION vector_accum(double precision[], vector) RETURNS double precision[]
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_accum(double precision[], vector) IS
  'aggregate transition function';

CREATE FUNCTION vector_avg(double precision[]) RETURNS vector
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_avg(double precision[]) IS
  'aggregate final function';

CREATE FUNCTION vector_combine(double precision[], double precision[]) RETURNS double precision[]
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_combine(double precision[], double precision[]) IS
  'aggregate combine function';

CREATE AGGREGATE avg(vector) (
  SFUNC       = vector_accum,
  STYPE       = double precision[],
  FINALFUNC   = vector_avg,
  COMBINEFUNC = vector_combine,
  INITCOND    = '{0}',
  PARALLEL    = SAFE
);
COMMENT ON AGGREGATE avg(vector) IS 'average of all vectors, element by element';

CREATE AGGREGATE sum(vector) (
  SFUNC       = vector_add,
  STYPE       = vector,
  COMBINEFUNC = vector_add,
  PARALLEL    = SAFE
);
COMMENT ON AGGREGATE sum(vector) IS 'sum of all vectors, element by element';

--
-- Casts. Implicit ones from arrays would make ARRAY[1] = ARRAY[1] ambiguous
--

CREATE FUNCTION vector(vector, integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector(vector, integer, boolean) IS
  'enforces the dimensions of a column';

CREATE FUNCTION array_to_vector(integer[], integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_vector(integer[], integer, boolean) IS
  'converts integer[] to vector';

CREATE FUNCTION array_to_vector(real[], integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_vector(real[], integer, boolean) IS
  'converts real[] to vector';

CREATE FUNCTION array_to_vector(double precision[], integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_vector(double precision[], integer, boolean) IS
  'converts double precision[] to vector';

CREATE FUNCTION array_to_vector(numeric[], integer, boolean) RETURNS vector
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION array_to_vector(numeric[], integer, boolean) IS
  'converts numeric[] to vector';

CREATE FUNCTION vector_to_float4(vector, integer, boolean) RETURNS real[]
  AS 'MODULE_PATHNAME'
  LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION vector_to_float4(vector, integer, boolean) IS
  'converts vector to real[]';

CREATE CAST (vector AS vector)
  WITH FUNCTION vector(vector, integer, boolean) AS IMPLICIT;

CREATE CAST (vector AS real[])
  WITH FUNCTION vector_to_float4(vector, integer, boolean) AS IMPLICIT;

CREATE CAST (integer[] AS vector)
  WITH FUNCTION array_to_vector(integer[], integer, boolean) AS ASSIGNMENT;

CREATE CAST (real[] AS vector)
  WITH FUNCTION array_to_vector(real[], integer, boolean) AS ASSIGNMENT;

CREATE CAST (double precision[] AS vector)
  WITH FUNCTION array_to_vector(double precision[], integer, boolean) AS ASSIGNMENT;

CREATE CAST (numeric[] AS vector)
  WITH FUNCTION array_to_vector(numeric[], integer, boolean) AS ASSIGNMENT;

--
-- Operators
--

CREATE OPERATOR <-> (
  LEFTARG    = vector,
  RIGHTARG   = vector,
  FUNCTION   = l2_distance,
  COMMUTATOR = <->
);
COMMENT ON OPERATOR <->(vector, vector) IS 'Euclidean distance';

CREATE OPERATOR <#> (
  LEFTARG    = vector,
  RIGHTARG   = vector,
  FUNCTION   = vector_negative_inner_product,
  COMMUTATOR = <#>
);
COMMENT ON OPERATOR <#>(vector, vector) IS 'negative inner product';

CREATE OPERATOR <=> (
  LEFTARG    = vector,
  RIGHTARG   = vector,
  FUNCTION   = cosine_distance,
  COMMUTATOR = <=>
);
COMMENT ON OPERATOR <=>(vector, vector) IS 'cosine distance';

CREATE OPERATOR <+> (
  LEFTARG    = vector,
  RIGHTARG   = vector,
  FUNCTION   = l1_distance,
  COMMUTATOR = <+>
);
COMMENT ON OPERATOR <+>(vector, vector) IS 'taxicab distance';

CREATE OPERATOR + (
  LEFTARG    = vector,
  RIGHTARG   = vector,
  FUNCTION   = vector_add,
  COMMUTATOR = +
);
COMMENT ON OPERATOR +(vector, vector) IS 'add element by element';

CREATE OPERATOR - (
  LEFTARG  = vector,
  RIGHTARG = vector,
  FUNCTION = vector_sub
);
COMMENT ON OPERATOR -(vector, vector) IS 'subtract element by element';

CREATE OPERATOR * (
  LEFTARG    = vector,
  RIGHTARG   = vector,
  FUNCTION   = vector_mul,
  COMMUTATOR = *
);
COMMENT ON OPERATOR *(vector, vector) IS 'multiply element by element';

CREATE OPERATOR || (
  LEFTARG  = vector,
  RIGHTARG = vector,
  FUNCTION = vector_concat
);
COMMENT ON OPERATOR ||(vector, vector) IS 'concatenate';

CREATE OPERATOR < (
  LEFTARG    = vector,
  RIGHTARG   = vector,
  FUNCTION   = vector_lt,
  COMMUTATOR = >,
  NEGATOR    = >=,
  RESTRICT   = scalarltsel,
  JOIN       = scalarltjoinsel
);
COMMENT ON OPERATOR <(vector, vector) IS 'less than';

CREATE OPERATOR <= (
  LEFTARG    = vector,
  RIGHTARG   = vector,
  FUNCTION   = vector_le,
  COMMUTATOR = >=,
  NEGATOR    = >,
  RESTRICT   = scalarlesel,
  JOIN       = scalarlejoinsel
);
COMMENT ON OPERATOR <=(vector, vector) IS 'less than or equal';

CREATE OPERATOR = (
  LEFTARG    = vector,
  RIGHTARG   = vector,
  FUNCTION   = vector_eq,
  COMMUTATOR = =,
  NEGATOR    = <>,
  RESTRICT   = eqsel,
  JOIN       = eqjoinsel
);
COMMENT ON OPERATOR =(vector, vector) IS 'equal';

CREATE OPERATOR <> (
  LEFTARG    = vector,
  RIGHTARG   = vector,
  FUNCTION   = vector_ne,
  COMMUTATOR = <>,
  NEGATOR    = =,
  RESTRICT   = eqsel,
  JOIN       = eqjoinsel
);
COMMENT ON OPERATOR <>(vector, vector) IS 'not equal';

CREATE OPERATOR >= (
  LEFTARG    = vector,
  RIGHTARG   = vector,
  FUNCTION   = vector_ge,
  COMMUTATOR = <=,
  NEGATOR    = <,
  RESTRICT   = scalargesel,
  JOIN       = scalargejoinsel
);
COMMENT ON OPERATOR >=(vector, vector) IS 'greater than or equal';

CREATE OPERATOR > (
  LEFTARG    = vector,
  RIGHTARG   = vector,
  FUNCTION   = vector_gt,
  COMMUTATOR = <,
  NEGATOR    = <=,
  RESTRICT   = scalargtsel,
  JOIN       = scalargtjoinsel
);
COMMENT ON OPERATOR >(vector, vector) IS 'greater than';

CREATE OPERATOR CLASS vector_ops
  DEFAULT FOR TYPE vector USING btree AS
  OPERATOR 1 <,
  OPERATOR 2 <=,
  OPERATOR 3 =,
  OPERATOR 4 >=,
  OPERATOR 5 >,
  FUNCTION 1 vector_cmp(vector, vector);

-- Access method

CREATE FUNCTION ivfflathandler(internal) RETURNS index_am_handler
  AS 'MODULE_PATHNAME' LANGUAGE C;

CREATE ACCESS METHOD ivfflat TYPE INDEX HANDLER ivfflathandler;
COMMENT ON ACCESS METHOD ivfflat IS 'ivfflat index access method';

CREATE OPERATOR CLASS vector_l2_ops
  DEFAULT FOR TYPE vector USING ivfflat AS
  OPERATOR 1 <-> (vector, vector) FOR ORDER BY float_ops,
  FUNCTION 1 vector_l2_squared_distance(vector, vector),
  FUNCTION 3 l2_distance(vector, vector);

CREATE OPERATOR CLASS vector_ip_ops
  FOR TYPE vector USING ivfflat AS
  OPERATOR 1 <#> (vector, vector) FOR ORDER BY float_ops,
  FUNCTION 1 vector_negative_inner_product(vector, vector),
  FUNCTION 3 vector_spherical_distance(vector, vector),
  FUNCTION 4 vector_norm(vector);

CREATE OPERATOR CLASS vector_cosine_ops
  FOR TYPE vector USING ivfflat AS
  OPERATOR 1 <=> (vector, vector) FOR ORDER BY float_ops,
  FUNCTION 1 vector_negative_inner_product(vector, vector),
  FUNCTION 2 vector_norm(vector),
  FUNCTION 3 vector_spherical_distance(vector, vector),
  FUNCTION 4 vector_norm(vector);

CREATE OPERATOR CLASS vector_l1_ops
  FOR TYPE vector USING ivfflat AS
  OPERATOR 1 <+> (vector, vector) FOR ORDER BY float_ops,
  FUNCTION 1 l1_distance(vector, vector),
  FUNCTION 3 l1_distance(vector, vector);
