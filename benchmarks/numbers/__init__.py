"""Every number of the product beside a reference that nobody here wrote; one file an area."""
