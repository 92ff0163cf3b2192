"""Proves the access to Neo4j on real servers."""
