"""Mail: an outbox table written in the caller's transaction, emptied by a worker."""
