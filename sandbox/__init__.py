"""A local cloud to try and test on: AWS, GitHub, Neo4j servers, the application, Prefect."""
