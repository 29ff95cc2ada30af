"""Parts of the browser's screen: widgets that follow the cursor, and what they are drawn with."""
