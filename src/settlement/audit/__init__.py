"""What a settlement is held to later: records, replay, what changed and why, and seals.

Nothing here is loaded by `import settlement`; each question is a module of its own.
"""
