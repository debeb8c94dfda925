"""Writes the trained network as ONNX: weights in half precision, the alphabet in the metadata."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from digitize.ocr.contrast import STRIP_HEIGHT_PX
from digitize.ocr.training.alphabet import CLASSES

HALVED_FROM_VALUES = 1000
"""Smaller weights stay as they are."""


def export(network: nn.Module, path: Path) -> None:
    """Write the network beside its weights (``.pt``, to go on from)."""
    torch.save(network.state_dict(), path.with_suffix(".pt"))
    torch.onnx.export(
        network,
        (torch.zeros(2, 1, STRIP_HEIGHT_PX, 128),),
        str(path),
        input_names=["strips"],
        output_names=["log_probabilities"],
        dynamic_axes={"strips": {0: "lines", 3: "columns"}, "log_probabilities": {0: "lines", 1: "steps"}},
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load(str(path))
    halve_weights(model)
    entry = model.metadata_props.add()
    entry.key, entry.value = "characters", CLASSES
    onnx.save(model, str(path))


def halve_weights(model: onnx.ModelProto) -> None:
    """Store large weights as 16-bit numbers, cast back once when the model is opened."""
    casts = []
    for weight in list(model.graph.initializer):
        values = numpy_helper.to_array(weight)
        if values.dtype != np.float32 or values.size < HALVED_FROM_VALUES:
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    for place, node in enumerate(casts):
        model.graph.node.insert(place, node)
