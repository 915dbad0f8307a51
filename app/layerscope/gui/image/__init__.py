"""One image: its header, layer stack, files, inspector and documents."""
