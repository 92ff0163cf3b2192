"""The scenarios from end to end: flows started at the front door, on the session's sandbox."""
