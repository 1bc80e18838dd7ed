"""What pages about a customer have in common, whoever looks: the customer or staff."""
