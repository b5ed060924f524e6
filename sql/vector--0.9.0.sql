\echo Use "CREATE EXTENSION vector" to load this file. \quit
