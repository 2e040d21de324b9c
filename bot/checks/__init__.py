"""The questions asked of the world, one file each."""
