"""What needs an extra: each module here is imported by name, and `import settlement` loads none of it."""
