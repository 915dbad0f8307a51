"""The Library page: every image of the store on one screen."""
