"""What a worker keeps of a cluster by watches, so that questions ask the API server next to nothing."""
