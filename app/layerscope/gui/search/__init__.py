"""The Search page: find a repository, choose a tag, see what a pull will fetch, pull."""
