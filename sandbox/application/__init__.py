"""A small stand-in for credex-core: what a deployment meets of the application, its traps included.

It answers /health without ever touching Neo4j, only logs that a database is out of reach, creates a new
economy where it finds an empty ledger, and marks its periodic jobs with flags that a killed task leaves
behind. It knows nothing of the sandbox: all it is told comes through its environment. What it does not do is
credex-core's business (credloops, exchange rates, accounts for people).
"""
