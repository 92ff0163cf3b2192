"""The steps of the rail as thin, retryable Prefect tasks, one file per concern."""
