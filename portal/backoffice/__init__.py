"""Door for staff: one module of thin views per feature; owns no tables."""
