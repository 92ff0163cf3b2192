"""What runs where and when, and the `credex` command."""
