"""Typed access to the two Neo4j databases over Bolt. How their machines are run is not known here."""
