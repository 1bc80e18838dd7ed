"""Newsletter: audiences, who agreed to what, and how they leave."""
