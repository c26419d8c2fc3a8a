"""Views of a case: who calls, what is behind the Service, what was measured. Each is made from what it needs, once."""
