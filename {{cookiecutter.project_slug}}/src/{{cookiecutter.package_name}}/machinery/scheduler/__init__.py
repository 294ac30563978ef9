"""What a scheduler needs of a project: its stages, their order, its settings, and an alert."""
