"""Tests of the infrastructure in `terraform/`: its form, its rules, and that it stands on the local AWS."""
