"""The application's first page is there before anything heavy is imported."""

import subprocess
import sys


def test_the_server_starts_without_what_is_slow_to_import() -> None:
    script = (
        "import sys; import makeweight.app.server;"
        "print([name for name in ('numpy', 'pandas', 'sklearn', 'torch', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
