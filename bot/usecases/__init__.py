"""What k8snet can be asked: diagnose, digest, path, resolve. Each reads, plans, runs, judges and proves with what it is given."""
