"""The scenarios, one file each: a flow's function reads as the runbook."""
