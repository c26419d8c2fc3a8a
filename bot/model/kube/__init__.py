"""Objects of the Kubernetes API, as far as k8snet reads them, and what their fields mean."""
