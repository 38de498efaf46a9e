"""What needs more than the core: payment providers, encryption, a store. `import settlement` loads nothing of it."""
