"""The window: pages, models, painting; starts jobs and shows values."""
