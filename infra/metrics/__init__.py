"""What a process tells Prometheus: one closed, typed list of metrics, and the page about them."""
