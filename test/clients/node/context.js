// What the tests share: the values, and a connection with an empty table of a type.
// The server is the one that libpq's environment variables name; it has the extension.
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { Client } = require('pg');

const file = path.join(__dirname, '..', 'values.json');
const types = Object.entries(JSON.parse(fs.readFileSync(file))).map(([name, { column, values }]) => ({
  name,
  column,
  texts: values.map((value) => value.text),
  wires: values.map((value) => Buffer.from(value.wire.replace(/ /g, ''), 'hex')),
}));

// Calls `work` with a new connection, which has the types of `register` registered.
async function connected(work, register = async () => {}) {
  const client = new Client();
  await client.connect();
  try {
    await client.query('SET client_min_messages = warning');
    await client.query('DROP TABLE IF EXISTS items, copied');
    await register(client);
    await work(client);
  } finally {
    await client.end();
  }
}

async function makeTable(client, type) {
  await client.query('DROP TABLE IF EXISTS items');
  await client.query(`CREATE TABLE items (id int PRIMARY KEY, value ${type.column}, list ${type.column}[])`);
}

// The value column of all rows, as text.
async function stored(client, table = 'items') {
  const { rows } = await client.query(`SELECT value::text FROM ${table} ORDER BY id`);
  return rows.map((row) => row.value);
}

module.exports = { types, connected, makeTable, stored };
