"""Runs docs/notebook.ipynb from its first cell to its last, in the repository's folder.

A cell whose metadata has `needs` is skipped, and says so, where one of those modules is missing. With `--write` the notebook
is saved with what its cells print and draw; cells that were skipped keep what they had.
"""

import base64
import contextlib
import importlib.util
import io
import json
import pathlib
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402 (the backend comes first)

PATH = pathlib.Path(__file__).parents[2] / "docs" / "notebook.ipynb"


def lines(text):
    return text.splitlines(keepends=True)


def run(source, name, namespace):
    """What a cell prints and draws."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, name, "exec"), namespace)
    outputs = []
    if printed.getvalue():
        outputs.append({"output_type": "stream", "name": "stdout", "text": lines(printed.getvalue())})
    for number in pyplot.get_fignums():
        png = io.BytesIO()
        pyplot.figure(number).savefig(png, dpi=60, bbox_inches="tight", metadata={"Software": None})
        data = {"image/png": base64.b64encode(png.getvalue()).decode()}
        outputs.append({"output_type": "display_data", "metadata": {}, "data": data})
    pyplot.close("all")
    return outputs


def main():
    notebook = json.loads(PATH.read_text())
    namespace = {"__name__": "__main__"}
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] != "code":
            continue
        missing = [module for module in cell["metadata"].get("needs", []) if not importlib.util.find_spec(module)]
        if missing:
            print(f"cell {number}: skipped, as there is no {' and no '.join(missing)}")
            continue
        outputs = run("".join(cell["source"]), f"cell {number}", namespace)
        text = "".join("".join(output.get("text", ["[figure]\n"])) for output in outputs)
        print(f"cell {number}: ran\n{text}", end="")
        cell["outputs"] = outputs
    if sys.argv[1:] == ["--write"]:
        PATH.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")


main()
