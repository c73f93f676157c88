"""How the system is seen from outside: names of events, rules and dashboards; nothing here runs in a unit."""
