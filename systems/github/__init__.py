"""GitHub as a deployment sees it: commits, environment secrets, deployments, and what our token may do."""
