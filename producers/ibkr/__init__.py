"""Interactive Brokers: order books over the TWS socket."""
