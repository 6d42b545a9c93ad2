"""The pages of the documentation and their blocks of code."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOP = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "examples/README.md", "web/app/README.md"]
TOP += ["web/packages/jobs/README.md", "web/packages/jobs/CHANGELOG.md"]
FENCE = re.compile(r"^ *```(.*)$")


def pages():
    """All pages that exist, in a fixed order."""
    return [page for page in [ROOT / name for name in TOP] if page.exists()] + sorted((ROOT / "docs").rglob("*.md"))


def lines(page):
    """Yields number, text and info string of each line. The info string is None outside of code."""
    info = None
    for number, line in enumerate(page.read_text().splitlines(), 1):
        fence = FENCE.match(line)
        if fence:
            yield number, line, info if info is not None else fence[1]
            info = None if info is not None else fence[1]
        else:
            yield number, line, info


def blocks(page, language):
    """Yields number of the first line, info string and text of each block of a language."""
    info, start, text = None, 0, []
    for number, line in enumerate(page.read_text().splitlines(), 1):
        fence = FENCE.match(line)
        if fence and info is None:
            info, start, text = fence[1].strip(), number + 1, []
        elif fence:
            if info.split(" ")[0] == language:
                yield start, info, "\n".join(text)
            info = None
        else:
            text.append(line)


def copies(page):
    """Yields number of the first line, path and text of each block that is a copy of a file, such as ```ts proxy.ts."""
    for language in ("js", "json", "ts", "tsx"):
        for number, info, text in blocks(page, language):
            if " " in info:
                yield number, info.split(" ")[1], text
