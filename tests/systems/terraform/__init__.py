"""Terraform, run for real."""
