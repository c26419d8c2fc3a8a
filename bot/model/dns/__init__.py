"""DNS as a cluster has it: servers, zones, Corefile, resolv.conf, search list and records."""
