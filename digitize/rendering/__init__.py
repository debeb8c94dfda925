"""Drawing a panel the way plotting programs do: strokes over a measured background."""
