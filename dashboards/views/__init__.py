"""One page each; a page registers itself with `dashboards.page.page`."""
