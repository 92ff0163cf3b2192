"""Typed access to Terraform: finding it, running it, reading its plans, and showing them to people."""
