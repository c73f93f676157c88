"""Tapewire beside other ways to do the same job, on one machine and in one run: `make bench`."""
