"""Icons, fonts, theme tokens, the sample image and licences; data only."""
