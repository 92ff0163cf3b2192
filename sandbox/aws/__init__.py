"""A local AWS: moto in this process, with live parts that run real databases, tasks and commands."""
