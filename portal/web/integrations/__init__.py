"""Settings › Integrations: the dashboard, connecting, mappings, keys, sync settings."""
