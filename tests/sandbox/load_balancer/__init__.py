"""Tests of the load balancers that live."""
