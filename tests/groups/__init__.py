"""Groups: states, decisions, the queue, and who may change what."""
