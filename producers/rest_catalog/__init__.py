"""REST vendors as configuration: one YAML a vendor, one entry an endpoint."""
