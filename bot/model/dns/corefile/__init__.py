"""The Corefile, read as CoreDNS reads it: which server block and which plugin answer a name, and what CoreDNS says of it."""
