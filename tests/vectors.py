"""Run as a program: every set of vectors, and how many of each passed of how many tried.

    python tests/vectors.py [more pytest arguments]

A vector passes if every test that is about it does.  Deliberate differences are listed below; each
is itself checked, and counts as passed.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
sys.path.insert(0, str(_HERE))

#: The sets by what the tests are called: module, and how the name of the function begins.
_SETS = (
    ("overlay.json: views, origins, changes", "rootfs/test_overlay_vectors.py", ""),
    ("overlay.json: overlayfs diagnostics", "rootfs/test_overlay_remarks.py", "test_a_vector_"),
    ("reference.json: completed", "oci/test_reference.py", "test_a_valid_reference"),
    ("reference.json: refused", "oci/test_reference.py", "test_an_invalid_reference"),
    ("go-archive-tar: entries", "layers/test_go_vectors.py", ""),
    ("go-archive-tar: as layers", "vectors/test_go_tars_as_layers.py", "test_an_archive_of_go_"),
    ("odd tars of our own: as Go reads them", "vectors/test_odd_tars.py", "test_an_odd_tar"),
    ("containerd: apply, breakouts", "rootfs/test_containerd_cases.py", ""),
    ("containerd: diff", "vectors/test_diffs_of_containerd.py", "test_a_diff_of_containerd"),
    ("ggcr: tarball", "vectors/test_go_containerregistry.py", "test_a_tarball_of_go"),
    ("ggcr: layout", "vectors/test_go_containerregistry.py", "test_a_layout_of_go"),
    ("ggcr: mutate", "vectors/test_go_containerregistry.py", "test_a_mutated_image"),
    ("ggcr: extract", "vectors/test_go_containerregistry.py", "test_an_escape"),
    ("docker save: archives", "vectors/test_archives_of_docker.py", "test_a_saved_image"),
    ("image-spec: documents", "oci/test_manifest.py", "test_the_specifications_own_cases"),
    ("image-spec: layout", "vectors/test_layout_files.py", "test_a_layout_file"),
    ("zstd: frames, and contents by level", "content/test_codecs.py", "test_golden_"),
    ("zstd: as layers", "vectors/test_zstd_as_layers.py", "test_a_wrong_zstd"),
    ("zstd: contents as layers", "vectors/test_zstd_as_layers.py", "test_a_golden_content"),
)


class _Count:
    """A plugin of pytest: the vectors of each set that were tried, and those that failed."""

    def __init__(self) -> None:
        self.tried: dict[str, set[str]] = defaultdict(set)
        self.failed: dict[str, set[str]] = defaultdict(set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        path, _, test = report.nodeid.partition("::")
        name, bracket, parameters = test.partition("[")
        if not bracket:
            return
        for title, module, start in _SETS:
            if path.endswith(module) and name.startswith(start):
                # other parameters than the vector are numbers
                vector = (
                    "-".join(part for part in parameters[:-1].split("-") if not part.isdigit())
                    if start == ""
                    else parameters
                )
                self.tried[title].add(vector)
                if report.failed:
                    self.failed[title].add(vector)


def main(arguments: list[str]) -> int:
    from support.differences import all_differences

    count = _Count()
    modules = sorted({str(_HERE / "unit" / module) for _, module, _ in _SETS})
    status = pytest.main(["-q", "--no-header", "--tb=short", *arguments, *modules], [count])
    for title, _, _ in _SETS:
        tried = len(count.tried[title])
        print(f"{title:40} {tried - len(count.failed[title]):4} of {tried:4}")
    print("\nDeliberate differences (tests/data/differences.json):")
    for vectors, cases in all_differences().items():
        for case, reason in cases.items():
            print(f"  {vectors}, {case}: {reason}")
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
