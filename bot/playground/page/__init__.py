"""What the stand-in workspace looks like in a browser: blocks as HTML, and the style they are shown in."""
