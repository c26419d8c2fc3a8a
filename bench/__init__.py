"""Speed as ratios to named floors that are measured in the same run: `make bench`. Nothing here is a test that fails."""
