"""Real Neo4j servers on loopback: their jars, their processes, and neo4j-admin."""
