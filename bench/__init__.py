"""What `make bench` measures: the real portal beside what the machine could do at best, in the same run."""
