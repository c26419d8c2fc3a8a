"""Network policies, evaluated: parties, rules, decisions."""
