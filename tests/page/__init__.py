"""The playground's page in a real browser, and what else only npm's packages can judge."""
