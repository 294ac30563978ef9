"""From what the other stages measured to pictures, and to one page for people."""
