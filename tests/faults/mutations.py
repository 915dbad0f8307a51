"""Takes away each sync, lock and lease of the engine in turn, and shows which test misses it.

python tests/faults/mutations.py [--list] [--only N,N]

Works on copies of the tree.  Ends with status 1 if no test fails for some mutation that is not in
``HARMLESS``.
"""

from __future__ import annotations

import argparse
import ast
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGINE = Path("app/layerscope/engine")
WHERE = ("content", "store", "library")

#: Statements that are left out.
_STEPS = re.compile(
    r"^(files\.sync|files\.sync_folder|sync|sync_folder|os\.fsync)$|\b_pin$|^lease\.keep$"
)
#: Contexts that are entered in vain, and what is said instead of looking.
_CONTEXTS = re.compile(r"lock(\(.*\))?\.held$|^held$")
_ANSWERS = {"try_lock": "True", "pinned": "set()"}
_IN_VAIN = "__import__('contextlib').nullcontext()"

#: The tests that miss them, the quickest first.
_TESTS = (
    "tests/unit/content/test_files.py",
    "tests/unit/content/test_locks.py",
    "tests/faults/test_safeguards.py",
    "tests/unit/store",
    "tests/unit/library/test_removing.py",
    "tests/unit/library/test_pulling.py",
    "tests/unit/library/test_pulling_offers.py",
    "tests/unit/library/test_saving.py",
    "tests/unit/library/test_exporting.py",
    "tests/unit/library/test_extracting.py",
    "tests/unit/library/test_pushing_images.py",
    "tests/unit/registry/test_registry_logins.py",
    "tests/unit/registry/test_registry_docker_config.py",
    "tests/unit/bad_inputs/test_bad_input_surroundings.py",
    "tests/unit/bad_inputs/test_bad_input_neighbours.py",
    "tests/faults/test_store_faults.py",
    "tests/faults/test_store_kills.py",
)
_LONGEST = 240

#: By function and what is taken away: why nothing is lost without it.
HARMLESS: dict[tuple[str, str], str] = {}


@dataclass(frozen=True, slots=True)
class Mutation:
    """``code`` at ``start`` to ``end`` of a module becomes ``instead``."""

    module: Path
    function: str
    line: int
    start: int
    end: int
    code: str
    instead: str

    def __str__(self) -> str:
        name = self.module.relative_to(ENGINE)
        return f"{name}:{self.line} {self.function}: {self.code}"

    @property
    def harmless(self) -> str:
        return HARMLESS.get((self.function, self.code), "")


def mutations() -> list[Mutation]:
    """All that can be taken away, in the order of the modules."""
    return [
        found
        for folder in WHERE
        for module in sorted((ROOT / ENGINE / folder).rglob("*.py"))
        for found in _of_module(module.relative_to(ROOT), module.read_text("utf-8"))
    ]


def _of_module(module: Path, text: str) -> Iterator[Mutation]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))
    data = text.encode()

    def mutation(function: str, node: ast.expr, instead: str) -> Mutation:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        code = " ".join(data[start:end].decode().split())
        return Mutation(module, function, node.lineno, start, end, code, instead)

    def within(node: ast.AST, function: str) -> Iterator[Mutation]:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            function = f"{function}.{node.name}".lstrip(".")
        if isinstance(node, ast.Expr) and _STEPS.search(_called(node.value)):
            yield mutation(function, node.value, "pass")
        if isinstance(node, ast.withitem) and _CONTEXTS.search(_called(node.context_expr)):
            yield mutation(function, node.context_expr, _IN_VAIN)
        if isinstance(node, ast.Call) and _called(node) in _ANSWERS:
            yield mutation(function, node, _ANSWERS[_called(node)])
        for child in ast.iter_child_nodes(node):
            yield from within(child, function)

    yield from within(ast.parse(text), "")


def _called(node: ast.expr) -> str:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def missed_by(mutation: Mutation, tree: Path) -> str:
    """The test that fails in ``tree``, a copy that is as it was afterwards; empty if none does."""
    path = tree / mutation.module
    text = path.read_bytes()
    path.write_bytes(text[: mutation.start] + mutation.instead.encode() + text[mutation.end :])
    try:
        done = subprocess.run(
            [
                *(sys.executable, "-B", "-m", "pytest", "-x", "-q", "--tb=no"),
                *("-p", "no:cacheprovider", *(test for test in _TESTS if (tree / test).exists())),
            ],
            cwd=tree,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            text=True,
            check=False,
            timeout=_LONGEST,
        )
    except subprocess.TimeoutExpired:
        return f"no end within {_LONGEST} s"
    finally:
        path.write_bytes(text)
    if done.returncode == 0:
        return ""
    failed = re.search(r"^(?:FAILED|ERROR) (?:tests/)?(\S+)", done.stdout, re.MULTILINE)
    return failed.group(1) if failed else done.stdout[-300:] + done.stderr[-300:]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="only say what would be taken away")
    parser.add_argument("--only", default="", help="numbers of that list, with commas")
    asked = parser.parse_args()
    wanted = {int(number) for number in asked.only.split(",") if number}
    chosen = [
        (number, each)
        for number, each in enumerate(mutations(), 1)
        if not wanted or number in wanted
    ]
    if asked.list:
        print("\n".join(f"{number:3} {each}" for number, each in chosen))
        return 0
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        trees: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for number in range(os.cpu_count() or 1):
            tree = Path(folder) / str(number)
            for part in ("app", "resources", "tests", "pyproject.toml"):
                source = ROOT / part
                if source.is_dir():
                    ignored = shutil.ignore_patterns("__pycache__", "bench", "gui")
                    shutil.copytree(source, tree / part, ignore=ignored)
                else:
                    shutil.copy(source, tree / part)
            trees.put(tree)

        def judge(one: tuple[int, Mutation]) -> bool:
            number, mutation = one
            tree = trees.get()
            begun = time.monotonic()
            missed = missed_by(mutation, tree)
            trees.put(tree)
            verdict = missed or mutation.harmless or "NO TEST FAILS"
            took = time.monotonic() - begun
            print(f"{number:3} {mutation}\n      {verdict} ({took:.0f} s)", flush=True)
            return bool(missed or mutation.harmless)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            survivors = sum(not good for good in pool.map(judge, chosen))
    print(f"{len(chosen)} taken away, {survivors} not missed by any test")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
