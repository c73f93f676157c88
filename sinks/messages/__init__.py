"""What subscribers read: one renderer a tier, the same for every channel."""
