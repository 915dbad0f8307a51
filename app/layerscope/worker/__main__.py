"""``python -m layerscope.worker``: the worker of one window."""

from .process import main

if __name__ == "__main__":
    main()
