"""What k8snet can be asked. Each use case reads, plans, runs, judges and proves with what it is given."""
