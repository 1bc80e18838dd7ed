"""Pages that customers and staff both have: a realm gives each its look and its way on."""
