"""Proves the sandbox's Neo4j servers on real processes."""
