"""One file a stage, or a few that read the same."""
