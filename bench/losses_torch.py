"""How far the losses of a compiled LeNet are from PyTorch's in f64, beside PyTorch's own in f32.

    python bench/losses_torch.py NETC [FOLDER of Fashion-MNIST]

Five times: random weights are written as safetensors, and the first 100 steps of bench/losses.net and of the
same network in PyTorch run from them on the same batches in the same order. Prints for each the largest
difference of a loss from f64, ours and PyTorch's f32, and the ratio of the medians, which should be at most 4:
both only round, though in another order.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile

import numpy as np
import torch
import torch.nn.functional as F

from accuracy_torch import idx, initialize, lenet

STEPS = 100


def export(model):
    """PyTorch's weights under our names, in our order of axes: channels last, inputs before outputs."""
    conv1, conv2, *dense = [m for m in model if hasattr(m, "weight")]
    arrays = {}
    for i, conv in enumerate((conv1, conv2), 1):
        arrays[f"LeNet.conv2d_{i}.W"] = conv.weight.detach().permute(2, 3, 1, 0)
        arrays[f"LeNet.conv2d_{i}.b"] = conv.bias.detach()
    for i, layer in enumerate(dense, 1):
        weight = layer.weight.detach().T
        if i == 1:  # rows are pixels of channels there, channels of pixels here
            weight = weight.reshape(16, 5, 5, 120).permute(1, 2, 0, 3).reshape(400, 120)
        arrays[f"LeNet.dense_{i}.W"] = weight
        arrays[f"LeNet.dense_{i}.b"] = layer.bias.detach()
    return {name: np.ascontiguousarray(array.numpy(), np.float32) for name, array in arrays.items()}


def write_safetensors(path, arrays):
    header, data = {}, b""
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [len(data), len(data) + array.nbytes]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text + data)


def torch_losses(state, dtype, images, labels):
    model = lenet()
    model.load_state_dict(state)
    model = model.to(dtype)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    losses = []
    for step in range(STEPS):
        rows = slice(128 * step, 128 * step + 128)
        optimizer.zero_grad()
        # Bytes are divided as the program divides them: in f32.
        loss = F.cross_entropy(model((images[rows] / 255).to(dtype)), labels[rows])
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses)


def our_losses(program, folder, data, arrays):
    write_safetensors(f"{folder}/init.safetensors", arrays)
    log = f"{folder}/run.jsonl"
    subprocess.run([program, "train", "--data", data, "--init", f"{folder}/init.safetensors", "--log", log,
                    "--checkpoint", f"{folder}/run.safetensors"], check=True, stderr=subprocess.DEVNULL)
    return np.array([json.loads(line)["loss"] for line in open(log)])


def main():
    netc, data = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "/usr/share/datasets/fashion-mnist"
    here = os.path.dirname(os.path.abspath(__file__))
    images = torch.from_numpy(idx(f"{data}/train-images-idx3-ubyte.gz"))[: 128 * STEPS, None].float()
    labels = torch.from_numpy(idx(f"{data}/train-labels-idx1-ubyte.gz"))[: 128 * STEPS].long()
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/losses"
        subprocess.run([netc, f"{here}/losses.net", "-o", program], check=True)
        for seed in range(1, 6):
            torch.manual_seed(seed)
            model = lenet()
            initialize(model)
            state = model.state_dict()
            exact = torch_losses(state, torch.float64, images, labels)
            theirs.append(abs(torch_losses(state, torch.float32, images, labels) - exact).max())
            ours.append(abs(our_losses(program, folder, data, export(model)) - exact).max())
            print(f"seed {seed}: ours {ours[-1]:.3e}, PyTorch's f32 {theirs[-1]:.3e}", flush=True)
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"medians: ours {statistics.median(ours):.3e}, PyTorch's f32 {statistics.median(theirs):.3e}, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
