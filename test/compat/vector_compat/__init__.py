"""Differential test of two servers, one of them with pgvector."""
