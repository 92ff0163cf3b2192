"""What the system speaks of: environments, releases, plans, approvals, checks, the log. Pure, no I/O."""
