"""Results: findings, diagnosis, changes."""
