"""The way of a call: what lies between a caller and a backend."""
