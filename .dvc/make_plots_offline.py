"""Make the page of `dvc plots show` with Vega inside: DVC's own page fetches it. `makeweight init` copies it, too.

Run once per version of Vega, and commit what it writes: `pip install vl-convert-python==1.9.0.post1`, then
`python .dvc/make_plots_offline.py`. Nothing else needs the package.
"""

from pathlib import Path

import vl_convert

PATH = Path(__file__).parents[1] / "src" / "makeweight" / "tools" / "scaffold" / "files" / "plots_offline.html"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Makeweight: plots</title>
<style>
body { font-family: system-ui, sans-serif; margin: 1.5rem; background: #fff; color: #1a1a1a; }
body > div { display: block !important; margin: 0 0 2rem; overflow-x: auto; }
img { max-width: 100%; height: auto; }
</style>
<script>VEGA</script>
</head>
<body>
{plot_divs}
</body>
</html>
"""


def main() -> None:
    """Write the page where the package has it."""
    bundle = vl_convert.javascript_bundle().replace("</script", "<\\/script")
    PATH.write_text(PAGE.replace("VEGA", bundle), encoding="utf-8")


if __name__ == "__main__":
    main()
