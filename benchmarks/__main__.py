"""Run the benchmarks that are named, or all, and write the page."""

import importlib
import pkgutil
import sys
import time

from benchmarks import HERE_IS_NO_BENCHMARK, report


def names() -> list[str]:
    found = [module.name for module in pkgutil.iter_modules([str(report.HERE)])]
    return [name for name in found if name not in HERE_IS_NO_BENCHMARK]


def main(wanted: list[str]) -> int:
    if unknown := set(wanted) - set(names()):
        print(
            f"no benchmark is called {', '.join(sorted(unknown))}; there are: {', '.join(names())}"
        )
        return 2
    for name in wanted or names():
        print(f"{name} …", flush=True)
        start = time.perf_counter()
        found = importlib.import_module(f"benchmarks.{name}").measure()
        report.keep(found, time.perf_counter() - start)
        for row in found.rows:
            print(f"  {'ok ' if row.reached else 'NOT'} {row.what}: {row.ours} ({row.goal})")
    report.write_page()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
