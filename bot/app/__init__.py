"""The composition root: the only package that knows every part. Importing one of its files loads no other."""
