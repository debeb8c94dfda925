"""How ``digitize/ocr/chart_text.onnx`` was made: draws lines of chart text and trains the network that reads them.

Run ``python -m digitize.ocr.training --fonts FOLDER --minutes 8`` on a machine with PyTorch and a GPU. Nothing here is
needed to read figures.
"""
