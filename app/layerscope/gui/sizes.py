"""The only home of measures: widths, heights, gaps and radii in logical pixels."""

from __future__ import annotations

from typing import Final

# Regions of the window
TOPBAR: Final = 44
RAIL: Final = 72
SIDEBAR: Final = 240
HEADER: Final = 92
STACK: Final = 352
INSPECTOR: Final = 340
FILES_MIN: Final = 420
STATUSBAR: Final = 27
PANE_HEAD: Final = 40
PALETTE: Final = 680
MIN_WINDOW: Final = (960, 600)
ROOM_FOR_SIDEBAR: Final = 1200  #: in a narrower window the files need its place
FIRST_WINDOW: Final = (1600, 960)

# Rows
ROW_FILES: Final = 26
ROW_SIDEBAR: Final = 25
ROW_LIBRARY: Final = 42
ROW_PRUNE: Final = 31
CARD: Final = 52
CARD_COMPACT: Final = 28

# Gaps, on a grid of four
GAP_XS: Final = 4
GAP_S: Final = 8
GAP_M: Final = 12
GAP_L: Final = 16
GAP_XL: Final = 24

# Radii
RADIUS_CHIP: Final = 4
RADIUS_INPUT: Final = 6
RADIUS_ROW: Final = 7
RADIUS_CARD: Final = 8
RADIUS_DIALOG: Final = 12

# Controls
CONTROL: Final = 32
TARGET: Final = 24
ICON: Final = 16
ICON_RAIL: Final = 20
FOCUS_RING: Final = 2

# Time, in milliseconds
SKELETON_AFTER: Final = 150
TOAST: Final = 8000
SLIDE: Final = 180
REST: Final = 60
TYPING: Final = 400
