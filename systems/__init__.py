"""Typed access to the systems we deploy with: Terraform, AWS, Neo4j, GitHub. No Prefect in here."""
