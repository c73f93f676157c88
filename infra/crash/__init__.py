"""Killing processes on purpose, and finding out what it left behind."""
