"""Proof of the access to AWS, against a real HTTP server that speaks AWS's protocols."""
