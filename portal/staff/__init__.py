"""Staff: who works here and what each role may do."""
