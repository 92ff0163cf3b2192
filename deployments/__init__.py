"""What runs where and when: environments, schedules, the worker, and the `credex` command."""
