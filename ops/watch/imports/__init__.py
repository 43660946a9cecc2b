"""Read artists to follow from common files: Spotify's data download, Exportify's CSV, JSON and plain lists."""
