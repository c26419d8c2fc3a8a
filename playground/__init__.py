"""Everything needed to try k8snet on one machine: no cluster, no Slack, no installation."""
