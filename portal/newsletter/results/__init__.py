"""Results: what came of campaigns, judged and summed up by the worker so that pages read a few rows."""
