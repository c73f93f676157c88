"""A made market of full size: what its feeds would write, seeded, at its own pace."""
