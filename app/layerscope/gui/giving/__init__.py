"""Sheets that write images and files to the disk, or show what an archive would bring."""
