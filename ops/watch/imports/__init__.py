"""Artists to follow, read from what people have: Spotify's data download, Exportify's CSV, JSON and plain lists."""
