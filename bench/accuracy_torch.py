"""Test accuracy of examples/mlp.net and examples/lenet.net in PyTorch, from three seeds.

    python bench/accuracy_torch.py mlp|lenet [FOLDER of Fashion-MNIST]

Same network, initial distribution (Glorot), batches of 128, Adam of 1e-3 (halved each epoch in mlp); prints a line a seed
and the mean.
"""
import gzip
import sys

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def idx(path):
    data = gzip.open(path).read()
    rank = data[3]
    shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank)]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(shape).copy()


def mlp():
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))


def initialize(model):
    for module in model.modules():
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)


def train(make, epochs, decay, seed, images, labels, test_images, test_labels):
    torch.manual_seed(seed)
    model = make()
    initialize(model)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, foreach=True)
    for epoch in range(epochs):
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * decay**epoch
        for rows in torch.randperm(len(images)).split(128):
            optimizer.zero_grad()
            F.cross_entropy(model(images[rows]), labels[rows]).backward()
            optimizer.step()
    with torch.no_grad():
        return (model(test_images).argmax(1) == test_labels).float().mean().item()


def main():
    name, folder = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "/usr/share/datasets/fashion-mnist"
    make, epochs, decay = {"mlp": (mlp, 3, 0.5), "lenet": (lenet, 5, 1.0)}[name]
    parts = []
    for part in ("train", "t10k"):
        parts.append(torch.from_numpy(idx(f"{folder}/{part}-images-idx3-ubyte.gz"))[:, None].float() / 255)
        parts.append(torch.from_numpy(idx(f"{folder}/{part}-labels-idx1-ubyte.gz")).long())
    results = []
    for seed in (1, 2, 3):
        results.append(train(make, epochs, decay, seed, *parts))
        print(f"{name} seed {seed}: {results[-1]:.4f}", flush=True)
    print(f"{name} mean: {sum(results) / 3:.4f}")


if __name__ == "__main__":
    main()
