"""The models: pure, so tested without anything around them."""
