"""What the rail's steps do apart from the systems they call."""
