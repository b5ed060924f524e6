"""Tests that kill, damage and starve a server while the indexes of this extension are in use."""
