"""The main job in one go: find software by what it does, in the words of a question."""
