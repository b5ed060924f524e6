// The npm package pgvector over pg: its types, its text, what it reads back.
'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const pgvector = require('pgvector');
const adapter = require('pgvector/pg');
const { connected } = require('./context');

const run = (name, work) => test(name, () => connected(work, adapter.registerTypes));

async function value(client, expression, ...parameters) {
  const { rows } = await client.query(`SELECT ${expression} AS value`, parameters);
  return rows[0].value;
}

run('vectors and halfvecs are arrays of numbers', async (client) => {
  for (const type of ['vector', 'halfvec']) {
    const numbers = [1, -0.5, 1024, 0];
    assert.deepEqual(await value(client, `$1::${type}(4)`, adapter.toSql(numbers)), numbers);
    assert.equal(await value(client, `$1::${type}`, null), null);
  }
});

run('sparse vectors keep their dimensions', async (client) => {
  const sparse = new pgvector.SparseVector([0, 1.5, 0, -2, 0]);
  const found = await value(client, '$1::sparsevec(5)', sparse);
  assert.deepEqual(found.toArray(), sparse.toArray());
  const map = new pgvector.SparseVector(new Map([[2, 1], [0, 3]]), 4);
  assert.deepEqual((await value(client, '$1::sparsevec', map)).toArray(), [3, 0, 1, 0]);
  const empty = new pgvector.SparseVector(new Map(), 1000000000);
  assert.equal((await value(client, '$1::sparsevec', empty)).dimensions, 1000000000);
});

run('the largest vector survives', async (client) => {
  const numbers = Array.from({ length: 16000 }, (_, i) => i / 4);
  assert.deepEqual(await value(client, '$1::vector(16000)', pgvector.toSql(numbers)), numbers);
});

run('nearest neighbours by every operator', async (client) => {
  await client.query('CREATE TABLE items (id bigserial PRIMARY KEY, embedding vector(3), ' +
    'half_embedding halfvec(3), binary_embedding bit(3), sparse_embedding sparsevec(3))');
  const points = [[1, 1, 1], [2, 2, 2], [1, 1, 2]];
  for (const point of points) {
    const bits = point.map((x) => x & 1).join('');
    await client.query('INSERT INTO items (embedding, half_embedding, binary_embedding, ' +
      'sparse_embedding) VALUES ($1, $2, $3, $4)',
      [pgvector.toSql(point), pgvector.toSql(point), bits, new pgvector.SparseVector(point)]);
  }
  const dense = pgvector.toSql([1, 1, 1]);
  const cases = [['embedding', '<->', dense, [1, 3, 2]], ['embedding', '<+>', dense, [1, 3, 2]],
    ['embedding', '<#>', dense, [2, 3, 1]], ['half_embedding', '<->', dense, [1, 3, 2]],
    ['binary_embedding', '<~>', '111', [1, 3, 2]], ['binary_embedding', '<%>', '111', [1, 3, 2]],
    ['sparse_embedding', '<->', new pgvector.SparseVector([1, 1, 1]), [1, 3, 2]]];
  for (const [column, operator, query, expected] of cases) {
    const { rows } = await client.query(`SELECT id FROM items ORDER BY ${column} ${operator} $1`, [query]);
    assert.deepEqual(rows.map((row) => Number(row.id)), expected, `${column} ${operator}`);
  }
});

run('sums and averages come back as arrays', async (client) => {
  const values = "(VALUES ('[1,2]'::vector), ('[3,5]')) AS t (v)";
  const { rows } = await client.query(`SELECT sum(v), avg(v), avg(v::halfvec) AS half FROM ${values}`);
  assert.deepEqual(rows[0], { sum: [4, 7], avg: [2, 3.5], half: [2, 3.5] });
});

run('arrays of numbers are parameters too', async (client) => {
  assert.deepEqual(await value(client, '$1::real[]::vector', [1, 2.5]), [1, 2.5]);
  assert.deepEqual(await value(client, '$1::vector[]::text[]', [[1, 2], [3, 4]].map(pgvector.toSql)),
    ['[1,2]', '[3,4]']);
});
