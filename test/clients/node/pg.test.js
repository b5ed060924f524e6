// pg: parameters as text and as bytes, prepared statements, arrays, nulls, COPY.
'use strict';

const test = require('node:test');
const assert = require('node:assert/strict');
const { finished, pipeline } = require('node:stream/promises');
const { from: copyFrom, to: copyTo } = require('pg-copy-streams');
const { types, connected, makeTable, stored } = require('./context');

for (const type of types) {
  test(`${type.name}: text parameters survive, nulls and arrays too`, () => connected(async (client) => {
    await makeTable(client, type);
    for (const [id, text] of [...type.texts, null].entries()) {
      await client.query('INSERT INTO items VALUES ($1, $2, $3)', [id, text, [text, null]]);
    }
    assert.deepEqual(await stored(client), [...type.texts, null]);
    const { rows } = await client.query('SELECT list::text[] FROM items WHERE id = 0');
    assert.deepEqual(rows[0].list, [type.texts[0], null]);
  }));

  // pg reads all results as text, even those that it asks for in binary.
  test(`${type.name}: bytes are parameters`, () => connected(async (client) => {
    const text = `SELECT $1::${type.column}::text AS text, ${type.name}_send($1) AS wire`;
    for (const [i, wire] of type.wires.entries()) {
      const { rows } = await client.query(text, [wire]);
      assert.deepEqual(rows, [{ text: type.texts[i], wire }]);
    }
  }));

  test(`${type.name}: a prepared statement serves many times`, () => connected(async (client) => {
    await makeTable(client, type);
    const put = { name: 'put', text: 'INSERT INTO items (id, value) VALUES ($1, $2)' };
    for (let id = 0; id < 12; id++) {
      await client.query({ ...put, values: [id, type.texts[id % 3]] });
    }
    assert.deepEqual((await stored(client)).slice(9), type.texts);
  }));

  for (const format of ['text', 'csv', 'binary']) {
    test(`${type.name}: ${format} COPY in and out`, () => connected(async (client) => {
      await makeTable(client, type);
      await client.query('INSERT INTO items SELECT i - 1, v, ARRAY[v] FROM unnest($1::text[]) ' +
        `WITH ORDINALITY AS t (s, i), LATERAL (SELECT s::${type.column} AS v) AS x`,
        [[...type.texts, null]]);
      await client.query('CREATE TABLE copied (LIKE items)');
      const chunks = [];
      const out = client.query(copyTo(`COPY items TO STDOUT (FORMAT ${format})`));
      out.on('data', (chunk) => chunks.push(chunk));
      await finished(out);
      const into = client.query(copyFrom(`COPY copied FROM STDIN (FORMAT ${format})`));
      await pipeline([Buffer.concat(chunks)], into);
      assert.deepEqual(await stored(client, 'copied'), [...type.texts, null]);
      const { rowCount } = await client.query('TABLE items EXCEPT ALL TABLE copied');
      assert.equal(rowCount, 0);
    }));
  }
}

test('errors carry the SQLSTATE', () => connected(async (client) => {
  const cases = [['[1,', '22P02'], ['[1e99]', '22003'], ['[1,2]', '22000'], ['[NaN,1,2]', '22000']];
  for (const [text, code] of cases) {
    await assert.rejects(client.query('SELECT $1::vector(3)', [text]), { code });
  }
  await assert.rejects(client.query('SELECT $1::vector', [Buffer.from('000200003f800000', 'hex')]),
    { code: '08P01' });
  const { rows } = await client.query('SELECT 1 AS one');
  assert.equal(rows[0].one, 1);
}));

test('searches run inside a transaction with settings of its own', () => connected(async (client) => {
  await client.query('CREATE TABLE items (id int, value vector(2))');
  await client.query('INSERT INTO items SELECT i, ARRAY[i, 1] FROM generate_series(1, 100) i');
  await client.query('CREATE INDEX ON items USING ivfflat (value vector_l2_ops) WITH (lists = 5)');
  await client.query('BEGIN');
  await client.query('SET LOCAL ivfflat.probes = 5');
  await client.query('SET LOCAL enable_seqscan = off');
  const { rows } = await client.query('SELECT id FROM items ORDER BY value <-> $1 LIMIT $2',
    ['[50.25,1]', 3]);
  assert.deepEqual(rows.map((row) => row.id), [50, 51, 49]);
  await client.query('COMMIT');
  const shown = await client.query('SHOW ivfflat.probes');
  assert.equal(shown.rows[0]['ivfflat.probes'], '1');
}));
