"""Application load balancers that live: real health checks, and real HTTP forwarded by their rules.

moto keeps what was asked for. The reconciler here reads that, listens on the load balancers' loopback
addresses, and writes what it finds out of the targets' health into a book that AWS's answers are read from.
Load balancers outside 127.0.0.0/8, listeners for HTTPS and stickiness are not served.
"""
