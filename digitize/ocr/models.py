"""Where the model files lie, and one lazily opened session for each.

The PP-OCRv6 models come inside the ``rapidocr`` wheel. Importing that package costs two seconds and brings machinery we
do not use, so only its folder is looked up and the two files are opened with onnxruntime directly. The reader of small
labels is our own and lies beside this module.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

ModelName = Literal["det", "rec", "label"]

FILES: dict[ModelName, str] = {"det": "PP-OCRv6_det_small.onnx", "rec": "PP-OCRv6_rec_small.onnx"}
LABEL_NETWORK = Path(__file__).with_name("label_network.onnx")
THREADS = 2
"""Where ``OMP_NUM_THREADS`` does not ask for fewer: many readers beside each other take one each."""


def find_model(name: ModelName) -> Path:
    """Path of a model file, ours or inside the installed ``rapidocr`` wheel.

    Raises
    ------
    ModuleNotFoundError
        Where the wheel, or the file in it, is missing.
    """
    if name == "label":
        return LABEL_NETWORK
    spec = find_spec("rapidocr")
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        path = Path(folder) / "models" / FILES[name]
        if path.is_file():
            return path
    raise ModuleNotFoundError(f"the text model {FILES[name]} is not installed; it comes with the 'rapidocr' package")


def _threads() -> int:
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    return min(THREADS, int(wanted)) if wanted.isdecimal() and int(wanted) else THREADS


@cache
def open_model(name: ModelName) -> Any:
    """The onnxruntime session of a model, opened once per process."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _threads()
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Idle threads would spin between the small batches and burn the second core.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Arenas keep the largest batch ever seen; without them the peak is lower at about the same cost.
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(str(find_model(name)), options, providers=["CPUExecutionProvider"])
